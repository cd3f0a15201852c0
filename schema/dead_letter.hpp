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

}  // namespace epicura
