#include "bridge/kitchen/answer_reader.hpp"

namespace epicura::bridge::kitchen {

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
