#pragma once
// The lines of a recorded event stream: a file of JSON Lines that a person can read, cut with grep and write by hand.
// Pure.
//
//   {"epicura_recording":1,"id":"<UUID>","part":1,"begun_at":"<RFC 3339>","source":"live","subjects":["epicura.>"]}
//   {"at":"2026-11-20T21:05:00.123Z","seq":17,"subject":"epicura.<id>.status","headers":{"Mqtt-Retain":"1"},
//    "payload":{"state":"online","epoch":42}}                                     (one line in the file)
//   {"at":"...","subject":"...","payload_base64":"AP8="}                          what is no JSON, or has line breaks
//   {"gap":{"from":"...","to":"...","why":"..."}}                                 what passed meanwhile is not here
//   {"messages":2,"gaps":1,"last":true,"crc32":"8f3a09c1"}                        the seal
//
// `source` is "live" or the name of a stream, whose sequence `seq` is then; `at` is when the message was heard, or
// stored by the stream. A payload stands there byte for byte as it was, so `payload` is part of the line and never
// written anew. A part without its seal was cut off. The CRC (that of gzip) is over every byte before the seal's line;
// `last` is false where another part follows. A file made by hand may do without `id`, `crc32`, and without the seal.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "schema/time.hpp"

namespace epicura {

inline constexpr int recording_format = 1;

struct RecordingHead {
  std::string id;  // the same in all parts
  std::uint32_t part = 1;
  Timestamp begun_at;
  std::string source;
  std::vector<std::string> subjects;
};

struct RecordedMessage {
  Timestamp at;
  std::optional<std::uint64_t> seq;
  std::string subject;
  std::vector<std::pair<std::string, std::string>> headers = {};  // one value each; of several, the first
  std::string payload;
};

struct RecordingGap {
  Timestamp from;
  Timestamp to;
  std::string why;
};

struct RecordingSeal {
  std::uint64_t messages = 0;
  std::uint64_t gaps = 0;
  bool last = true;
  std::optional<std::uint32_t> crc32;
};

// Each with its line break.
std::string encode_line(const RecordingHead& head);
std::string encode_line(const RecordedMessage& message);
std::string encode_line(const RecordingGap& gap);
std::string encode_line(const RecordingSeal& seal);

// Why a line cannot be read.
struct UnreadableLine {
  std::string why;
};
using RecordingLine = std::variant<RecordedMessage, RecordingGap, RecordingSeal, RecordingHead, UnreadableLine>;

// One line, without its line break. Members may come in any order; unknown ones are refused, since they are typing
// errors. Inside `payload` only brackets and quotes are checked: what it holds is the subject's business.
RecordingLine parse_recording_line(std::string_view line);

}  // namespace epicura
