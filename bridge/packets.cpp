#include "bridge/packets.hpp"

namespace epicura::bridge {
namespace {

void put_number(std::string& out, std::size_t number) {
  out += static_cast<char>((number >> 8) & 0xFF);
  out += static_cast<char>(number & 0xFF);
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out += text;
}

std::size_t text_size(std::string_view text) {
  return 2 + text.size();
}

// `length`: of what follows.
void put_head(std::string& out, int first, std::size_t length) {
  out += static_cast<char>(first);
  do {
    out += static_cast<char>((length & 0x7F) | (length > 0x7F ? 0x80 : 0));
    length >>= 7;
  } while (length != 0);
}

}  // namespace

void write_connect(std::string& out, const ConnectPacket& packet) {
  constexpr std::string_view protocol{"\x00\x04MQTT\x04", 7};  // 4: version 3.1.1
  const bool named = !packet.username.empty();
  const bool has_will = !packet.will_topic.empty();
  std::size_t length = protocol.size() + 1 + 2 + text_size(packet.client_id);
  if (has_will) length += text_size(packet.will_topic) + text_size(packet.will_payload);
  if (named) length += text_size(packet.username) + text_size(packet.password);
  put_head(out, 0x10, length);
  out += protocol;
  out += static_cast<char>((named ? 0xC0 /*username, password*/ : 0) | (has_will ? 0x2C /*retained, QoS 1, will*/ : 0) |
                           (packet.clean_session ? 0x02 : 0));
  put_number(out, packet.keepalive_s);
  put_text(out, packet.client_id);
  if (has_will) {
    put_text(out, packet.will_topic);
    put_text(out, packet.will_payload);
  }
  if (named) {
    put_text(out, packet.username);
    put_text(out, packet.password);
  }
}

void write_subscribe(std::string& out, std::uint16_t packet_id, std::span<const std::string> filters) {
  std::size_t length = 2;
  for (const auto& filter : filters) length += text_size(filter) + 1;
  put_head(out, 0x82, length);
  put_number(out, packet_id);
  for (const auto& filter : filters) {
    put_text(out, filter);
    out += '\x01';
  }
}

void write_publish(std::string& out, std::string_view topic, std::string_view payload, std::uint16_t packet_id,
                   bool retained) {
  const bool confirmed = packet_id != 0;
  put_head(out, 0x30 | (confirmed ? 0x02 : 0) | (retained ? 0x01 : 0),
           text_size(topic) + (confirmed ? 2 : 0) + payload.size());
  put_text(out, topic);
  if (confirmed) put_number(out, packet_id);
  out += payload;
}

void write_puback(std::string& out, std::uint16_t packet_id) {
  put_head(out, 0x40, 2);
  put_number(out, packet_id);
}

void write_pingreq(std::string& out) {
  put_head(out, 0xC0, 0);
}

void write_disconnect(std::string& out) {
  put_head(out, 0xE0, 0);
}

void mark_as_sent_before(std::string& publish) {
  publish[0] = static_cast<char>(publish[0] | 0x08);
}

void set_packet_id(std::string& publish, std::uint16_t packet_id) {
  std::size_t topic = 1;
  while ((publish[topic] & 0x80) != 0) ++topic;  // the length that follows
  ++topic;
  const std::size_t at = topic + 2 + number_at(publish, topic);
  publish[at] = static_cast<char>(packet_id >> 8);
  publish[at + 1] = static_cast<char>(packet_id & 0xFF);
}

std::uint16_t number_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<std::uint8_t>(bytes[at]) << 8 |
                                    static_cast<std::uint8_t>(bytes[at + 1]));
}

}  // namespace epicura::bridge
