#pragma once
// What becomes of a dead letter that is sent off again. Pure.

#include <string>
#include <string_view>
#include <variant>

#include "bus/store.hpp"
#include "schema/job.hpp"

namespace epicura {

// A letter as its row has it.
struct LetterRow {
  std::string_view source;
  std::string_view origin;  // topic or subject
  std::int64_t size = 0;    // bytes of the whole payload
  std::string_view payload;
};

// What a device sent goes to its own subject again (a topic is turned into it), if all of it is there and devices may
// publish there. A reading that the letter shows by itself, as {metric, value, ts, seq?}, goes out in the form with
// `values`: its unit and session were not written down. Of a job it is the job that is tried again. Otherwise: why not.
std::variant<bus::Outgoing, JobCall, std::string> replay_of(const LetterRow& letter);

}  // namespace epicura
