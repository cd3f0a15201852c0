#include "bridge/kitchen/packets.hpp"

namespace epicura::bridge::kitchen {
namespace {

void put_number(std::string& out, std::size_t number) {
  out.push_back(static_cast<char>((number >> 8) & 0xFF));
  out.push_back(static_cast<char>(number & 0xFF));
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out += text;
}

void put_head(std::string& out, std::uint8_t first, std::size_t length) {
  out.push_back(static_cast<char>(first));
  do {
    const auto digit = static_cast<std::uint8_t>(length & 0x7F);
    length >>= 7;
    out.push_back(static_cast<char>(length != 0 ? digit | 0x80 : digit));
  } while (length != 0);
}

}  // namespace

void write_connect(std::string& out, const ConnectPacket& packet) {
  constexpr std::string_view protocol{"\x00\x04MQTT\x04", 7};  // 4: version 3.1.1
  constexpr std::uint8_t flags = 0x80 /*username*/ | 0x40 /*password*/ | 0x20 /*will retained*/ | 0x08 /*will QoS 1*/ |
                                 0x04 /*will*/ | 0x02 /*clean session*/;
  const std::size_t length = protocol.size() + 1 + 2 + 2 + packet.client_id.size() + 2 + packet.will_topic.size() + 2 +
                             packet.will_payload.size() + 2 + packet.username.size() + 2 + packet.password.size();
  put_head(out, 0x10, length);
  out += protocol;
  out.push_back(static_cast<char>(flags));
  put_number(out, packet.keepalive_s);
  put_text(out, packet.client_id);
  put_text(out, packet.will_topic);
  put_text(out, packet.will_payload);
  put_text(out, packet.username);
  put_text(out, packet.password);
}

void write_publish(std::string& out, std::string_view topic, std::string_view payload, std::uint16_t packet_id,
                   bool retained) {
  const bool confirmed = packet_id != 0;
  put_head(out, static_cast<std::uint8_t>(0x30 | (confirmed ? 0x02 : 0) | (retained ? 0x01 : 0)),
           2 + topic.size() + (confirmed ? 2 : 0) + payload.size());
  put_text(out, topic);
  if (confirmed) put_number(out, packet_id);
  out += payload;
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

AnswerReader::Step AnswerReader::take(std::uint8_t byte) {
  if (have_ == 4) have_ = 0;
  bytes_[have_++] = byte;
  const bool ping = bytes_[0] == static_cast<std::uint8_t>(Answer::Kind::pingresp);
  if (have_ == 1) {
    const bool known = ping || byte == static_cast<std::uint8_t>(Answer::Kind::connack) ||
                       byte == static_cast<std::uint8_t>(Answer::Kind::puback);
    return known ? Step::more : Step::broken;
  }
  if (have_ == 2) {
    if (byte != (ping ? 0 : 2)) return Step::broken;
    if (!ping) return Step::more;
    have_ = 4;  // whole: the next byte begins another
    return Step::answer;
  }
  return have_ == 4 ? Step::answer : Step::more;
}

Answer AnswerReader::last() const {
  const auto kind = static_cast<Answer::Kind>(bytes_[0]);
  Answer answer{kind};
  if (kind == Answer::Kind::connack) answer.code = bytes_[3];
  if (kind == Answer::Kind::puback) answer.packet_id = static_cast<std::uint16_t>((bytes_[2] << 8) | bytes_[3]);
  return answer;
}

}  // namespace epicura::bridge::kitchen
