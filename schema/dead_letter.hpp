#pragma once
// What could not be kept, with its reason: published to cloud.dead-letter.{source}.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/reading.hpp"

namespace epicura {

struct DeadLetter {
  std::string source;  // mqtt, telemetry, device, http, command, job
  std::optional<Uuid> device_id;
  std::string origin;  // topic or subject
  Refusal code = Refusal::bad_value;
  std::string detail;
  std::uint64_t stream_seq = 0;  // 0: none
  std::string payload;           // whole; the letter carries its size and the first 4 KiB
};

// What is refused of one message gets at most 16 letters: the last one says how many more there are.
std::vector<RefusedReading> as_letters(std::vector<RefusedReading> refused);

// {id, at, source, device_id, origin, code, detail, stream_seq, size, payload_b64}
std::string encode(const DeadLetter& letter, Timestamp at);

// One as it is read back.
struct KeptLetter {
  Uuid id;
  Timestamp at;
  std::string source;
  std::optional<Uuid> device_id;
  std::string origin;
  std::string code;
  std::string detail;
  std::optional<std::int64_t> stream_seq;
  std::int64_t size = 0;    // bytes of the whole payload
  std::string payload_b64;  // of its first 4 KiB
};
// Absent: it is none of ours.
std::optional<KeptLetter> decode_dead_letter(std::string_view json);

// Whether the letter has all of its payload, of which `kept` bytes are there. Some sources cut what they refuse to 4
// KiB before they count it, so that size is no proof at that length.
bool is_whole(std::int64_t size, std::size_t kept);

}  // namespace epicura
