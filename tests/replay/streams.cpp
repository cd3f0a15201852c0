#include "tests/replay/streams.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "bus/jetstream.hpp"
#include "bus/recording/stream_reader.hpp"

namespace epicura::tests::replay {
namespace {

constexpr std::int64_t answer_limit_ms = 2000;

bus::JetStream context(const bus::Connection& connection) {
  jsOptions options;
  jsOptions_Init(&options);
  options.Wait = answer_limit_ms;
  jsCtx* made = nullptr;
  const auto link = connection.link();
  if (link && natsConnection_JetStream(&made, link.get(), &options) != NATS_OK) made = nullptr;
  return bus::JetStream(made);
}

std::optional<std::uint64_t> last_of(jsCtx* js, const char* stream) {
  jsStreamInfo* raw = nullptr;
  if (js_GetStreamInfo(&raw, js, stream, nullptr, nullptr) != NATS_OK) return std::nullopt;
  return bus::StreamInfo(raw)->State.LastSeq;
}

bool all_acknowledged(jsCtx* js, const char* stream, const char* consumer) {
  jsConsumerInfo* raw = nullptr;
  if (js_GetConsumerInfo(&raw, js, stream, consumer, nullptr, nullptr) != NATS_OK) return false;
  const bus::ConsumerInfo info(raw);
  return info->NumPending == 0 && info->NumAckPending == 0;
}

}  // namespace

Streams::Streams(const House& house)
    : connection_({house.stack.env("NATS_URL"), "test", "_INBOX_epicura"}, {}, metrics_),
      recorder_({house.stack.env("NATS_RECORDER_URL"), "test", "_INBOX_recorder"}, {}, metrics_) {
  REQUIRE(connection_.start());
  REQUIRE(recorder_.start());
  REQUIRE(wait_until([this] { return connection_.connected() && recorder_.connected(); }));
}

std::uint64_t Streams::end_of(const std::string& stream) const {
  std::optional<std::uint64_t> last;
  wait_until([&] {
    const auto js = context(connection_);
    if (js) last = last_of(js.get(), stream.c_str());
    return last.has_value();
  });
  if (!last) throw std::runtime_error("nats-server does not say where " + stream + " ends");
  return *last;
}

std::uint64_t Streams::taken_in() const {
  const auto js = context(connection_);
  if (!js) return 0;
  return last_of(js.get(), "TELEMETRY").value_or(0) + last_of(js.get(), "DEVICE").value_or(0);
}

bool Streams::settled() const {
  const auto js = context(connection_);
  return js && all_acknowledged(js.get(), "TELEMETRY", "telemetry-writer") &&
         all_acknowledged(js.get(), "DEVICE", "device-state");
}

std::vector<LetterKind> Streams::dead_letters_behind(std::uint64_t sequence) {
  std::vector<LetterKind> out;
  bus::StreamReader reader(
      recorder_, {.stream = "DEAD_LETTER", .from_seq = sequence + 1}, [&out](const bus::StreamedMessage& message) {
        const auto letter = Json::parse(std::string_view(natsMsg_GetData(message.raw),
                                                         static_cast<std::size_t>(natsMsg_GetDataLength(message.raw))),
                                        nullptr, false);
        out.push_back({letter.value("code", ""), letter.value("source", ""), letter.value("origin", "")});
        return true;
      });
  if (reader.run() != bus::StreamReader::End::reached) throw std::runtime_error("DEAD_LETTER cannot be read");
  return out;
}

}  // namespace epicura::tests::replay
