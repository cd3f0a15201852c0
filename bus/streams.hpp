#pragma once
// JetStream streams: what we want of each, and the check that it is so.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bus/jetstream.hpp"
#include "bus/pace.hpp"
#include "schema/time.hpp"

namespace epicura::bus {

enum class Keeping {
  // In files, by limits, the oldest discarded first: work-queue and interest retention run at a tenth of the speed
  // while
  // a stream is written and read at once.
  by_limits,
  // In files, until acknowledged; a full one takes nothing more.
  work_queue,
};

struct StreamSpec {
  std::string name;
  std::vector<std::string> subjects;
  std::int64_t max_bytes = -1;  // -1: none
  Millis max_age{0};            // 0: none
  // In which a second message with the same Nats-Msg-Id is dropped; the server remembers every id that long.
  Millis duplicate_window{120'000};
  Keeping keeping = Keeping::by_limits;
};

StreamSpec telemetry_stream(std::int64_t max_bytes);    // TELEMETRY
StreamSpec device_stream(std::int64_t max_bytes);       // DEVICE: status, events, acks, shadow, progress
StreamSpec dead_letter_stream(std::int64_t max_bytes);  // DEAD_LETTER
StreamSpec job_stream();                                // JOBS: who is to work on what; how it stands is in PostgreSQL

// A stream as the server has it.
struct StreamFacts {
  std::int64_t created_ns = 0;  // tells a stream from another one made later under its name
  std::int64_t max_bytes = 0;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t last_seq = 0;
};

// Makes the stream, or sees to it that it has the wanted limits (bytes, age, duplicate window: these are updated; a
// lower byte limit discards the oldest). Absent when the server does not answer, refuses, or has a stream of this
// name that cannot do (another retention, discard, storage; subjects missing): the log then says what and how to mend
// it, at `pace`. Blocks for the context's time limit.
std::optional<StreamFacts> ensure_stream(jsCtx* js, const StreamSpec& spec, Pace& pace);

}  // namespace epicura::bus
