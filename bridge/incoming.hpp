#pragma once
// MQTT packets out of a byte stream. The socket is read in large pieces: with a read for each byte of a packet's head,
// as libmosquitto has it, a message cost three of them.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace epicura::bridge {

struct Packet {
  std::uint8_t head = 0;  // type in the upper four bits, flags in the lower
  std::string_view body;  // valid until the next fill()
};

class Incoming {
 public:
  enum class Filled { bytes, nothing /*would block*/, end, error /*errno says which*/ };

  Incoming();
  Filled fill(int socket);  // one read from a non-blocking socket; call when next() has nothing more
  std::optional<Packet> next();
  bool holds_packet() const { return packet_length() != 0; }  // next() has one
  bool broken() const { return broken_; }                     // no MQTT, or a packet above 1 MiB: nothing more comes

 private:
  std::size_t packet_length() const;  // of the first packet with its head; 0: not complete

  std::vector<char> bytes_;
  std::size_t begin_ = 0, end_ = 0;  // what is not taken yet
  bool broken_ = false;
};

}  // namespace epicura::bridge
