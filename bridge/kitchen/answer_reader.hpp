#pragma once
// What a broker says to a simulated device, read byte by byte. No library, because a kitchen has thousands of devices
// in one process: libmosquitto takes three descriptors for each, and writes a byte for every packet into a socket pair
// that only its own loops (below 1,024 descriptors) read: 219 kB of kernel memory a device after 278 packets.

#include <array>
#include <cstdint>

namespace epicura::bridge::kitchen {

// What a broker may say to a device that has subscribed to nothing.
struct Answer {
  enum class Kind : std::uint8_t { connack = 0x20, puback = 0x40, pingresp = 0xD0 };
  Kind kind;
  std::uint8_t code = 0;        // CONNACK: 0 accepted
  std::uint16_t packet_id = 0;  // PUBACK
};

class AnswerReader {
 public:
  enum class Step { more, answer, broken /*not an answer: hang up*/ };
  // Takes one byte; after `answer`, last() holds it.
  Step take(std::uint8_t byte);
  Answer last() const;
  void reset() { have_ = 0; }

 private:
  std::array<std::uint8_t, 4> bytes_{};
  std::uint8_t have_ = 0;
};

}  // namespace epicura::bridge::kitchen
