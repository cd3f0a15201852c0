// Any line, and any payload on its way through one: nothing dies, and what is written is read back as it was.

#include <cstdlib>

#include "schema/recording.hpp"
#include "schema/replay_rewrite.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace epicura;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse_recording_line(input);
  if (const auto* message = std::get_if<RecordedMessage>(&parsed); message != nullptr && message->subject.empty())
    std::abort();

  RecordedMessage message;
  message.at = *parse_rfc3339("2026-11-20T12:00:00Z");
  message.subject = "epicura.a";
  message.payload = input;
  auto line = encode_line(message);
  if (line.empty() || line.find('\n') != line.size() - 1) std::abort();
  line.pop_back();
  const auto again = parse_recording_line(line);
  const auto* read = std::get_if<RecordedMessage>(&again);
  if (read == nullptr || read->payload != input) std::abort();

  const Millis hour{3'600'000};
  if (shift_times(shift_times(input, hour), -hour).size() > input.size() * 2 + 16) std::abort();
  return 0;
}
