#pragma once
// The packets of MQTT 3.1.1 that a simulated device speaks: written to and read from plain bytes. No library, because a
// kitchen has thousands of devices in one process: libmosquitto takes three descriptors for each, and writes a byte for
// every packet into a socket pair that only its own loops (below 1,024 descriptors) read: 219 kB of kernel memory a
// device after 278 packets.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace epicura::bridge::kitchen {

struct ConnectPacket {
  std::string_view client_id;
  std::string_view username;
  std::string_view password;
  std::string_view will_topic;
  std::string_view will_payload;  // retained, QoS 1
  std::uint16_t keepalive_s = 60;
};

// Each is appended to `out`.
void write_connect(std::string& out, const ConnectPacket& packet);  // clean session
// `packet_id` 0: QoS 0, else QoS 1.
void write_publish(std::string& out, std::string_view topic, std::string_view payload, std::uint16_t packet_id,
                   bool retained);
void write_pingreq(std::string& out);
void write_disconnect(std::string& out);
void mark_as_sent_before(std::string& publish);  // the DUP flag of a PUBLISH packet

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
