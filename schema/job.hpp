#pragma once
// A job on its way: what stream JOBS carries of it, and when it is tried again. Its row says the rest.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schema/bounded_json.hpp"
#include "schema/time.hpp"
#include "schema/uuid.hpp"

namespace epicura {

struct JobCall {
  Uuid id;
  std::string kind;
};
std::string encode(const JobCall& call);  // {id, kind}
std::optional<JobCall> decode_job_call(std::string_view json);

// As it is worked on.
struct Job {
  Uuid id;
  Timestamp made_at;
  Json args;
};

// How one attempt ended.
struct JobEnd {
  enum class How {
    done,
    again,   // it may go better later
    later,   // it was not begun at all, since what it needs is away: this attempt does not count
    failed,  // it will never go
  };
  How how = How::done;
  std::string reason = {};  // for operators; no secret, no address
};

constexpr std::int64_t most_job_attempts = 12;

// Before the attempt after the n-th (from 1): 5 s, 10, 20, ... 1 h at most; 12 attempts take about 4 hours.
Millis job_pause(std::int64_t attempts);

}  // namespace epicura
