#pragma once
// The packets of MQTT 3.1.1 that a client writes. Each is appended to `out`. Texts are below 64 KiB, packets below
// 256 MiB: the callers' to see to.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace epicura::bridge {

struct ConnectPacket {
  std::string_view client_id;
  std::string_view username = {};  // empty: neither it nor a password
  std::string_view password = {};
  std::string_view will_topic = {};    // empty: no will
  std::string_view will_payload = {};  // retained, QoS 1
  std::uint16_t keepalive_s = 60;
  bool clean_session = true;
};

void write_connect(std::string& out, const ConnectPacket& packet);
void write_subscribe(std::string& out, std::uint16_t packet_id, std::span<const std::string> filters);  // QoS 1
// `packet_id` 0: QoS 0, else QoS 1.
void write_publish(std::string& out, std::string_view topic, std::string_view payload, std::uint16_t packet_id,
                   bool retained);
void write_puback(std::string& out, std::uint16_t packet_id);
void write_pingreq(std::string& out);
void write_disconnect(std::string& out);
void mark_as_sent_before(std::string& publish);                     // the DUP flag of a PUBLISH packet
void set_packet_id(std::string& publish, std::uint16_t packet_id);  // of a PUBLISH packet with QoS 1

// The number of two bytes at `at`, which must be there: lengths of texts and packet ids.
std::uint16_t number_at(std::string_view bytes, std::size_t at);

}  // namespace epicura::bridge
