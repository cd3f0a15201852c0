// bench_stream: the far ends for recording and replaying.
//
//   bench_stream recording FILE MESSAGES       writes a recording of so many
//   bench_stream empty NATS-URL                makes stream TELEMETRY, or takes everything out of it
//   bench_stream publish NATS-URL MESSAGES     the same messages by js_PublishAsync alone, as its documentation has it
//   bench_stream pass NATS-URL RATE SECONDS    publishes them on core NATS, so many a second
// Each prints one line of JSON. Exit 1 when something was not stored, or the rate not held.

#include <charconv>
#include <cstdio>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "bus/jetstream.hpp"
#include "bus/recording/writer.hpp"
#include "bus/streams.hpp"
#include "bus/subjects.hpp"
#include "schema/time.hpp"
#include "schema/uuid.hpp"

namespace {

using namespace epicura;
using Steady = std::chrono::steady_clock;

constexpr std::size_t devices = 100;

double seconds_since(Steady::time_point began) {
  return std::chrono::duration<double>(Steady::now() - began).count();
}

// 0: it is none.
std::uint64_t number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() ? out : 0;
}

// What a pot sends each second.
class Kitchen {
 public:
  Kitchen() {
    for (auto& subject : subjects_) subject = bus::telemetry_subject(Uuid::v7());
  }
  const std::string& subject(std::uint64_t i) const { return subjects_[i % devices]; }
  std::string payload(std::uint64_t i) const {
    return fmt::format(
        R"({{"ts":{},"seq":{},"values":{{"temperature":181.5,"stir_speed":120,"power":850.25}},"units":{{"temperature":"C"}}}})",
        begun_.time_since_epoch().count() + static_cast<std::int64_t>(i / devices), i / devices);
  }

 private:
  const Timestamp begun_ = now();
  std::string subjects_[devices];
};

struct Link {
  explicit Link(const char* url) {
    natsOptions* options = nullptr;
    natsOptions_Create(&options);
    natsOptions_SetURL(options, url);
    natsOptions_SetCustomInboxPrefix(options, "_INBOX_epicura");
    status = natsConnection_Connect(&raw, options);
    natsOptions_Destroy(options);
  }
  ~Link() { natsConnection_Destroy(raw); }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  natsConnection* raw = nullptr;
  natsStatus status = NATS_OK;
};

int recording(const char* file, std::uint64_t messages) {
  const Kitchen kitchen;
  bus::RecordingWriter writer({file, 0, "live", {"epicura.>"}}, now());
  RecordedMessage message;
  message.at = now();
  for (std::uint64_t i = 0; i < messages; ++i) {
    if (i % devices == 0) message.at += Millis{1};
    message.subject = kitchen.subject(i);
    message.payload = kitchen.payload(i);
    writer.add(message);
  }
  writer.seal();
  fmt::print("{{\"messages\":{},\"bytes\":{}}}\n", writer.messages(), writer.bytes());
  return 0;
}

int empty(const char* url) {
  const Link link(url);
  jsCtx* raw = nullptr;
  if (link.status != NATS_OK || natsConnection_JetStream(&raw, link.raw, nullptr) != NATS_OK) return 1;
  const bus::JetStream js(raw);
  bus::Pace pace{Millis{1}};
  if (!bus::ensure_stream(js.get(), bus::telemetry_stream(std::int64_t{4} << 30), pace)) return 1;
  return js_PurgeStream(js.get(), "TELEMETRY", nullptr, nullptr) == NATS_OK ? 0 : 1;
}

int publish(const char* url, std::uint64_t messages) {
  const Link link(url);
  std::atomic<std::uint64_t> failed{0};
  jsOptions options;
  jsOptions_Init(&options);
  options.PublishAsync.MaxPending = 4096;
  options.PublishAsync.StallWait = 60'000;
  options.PublishAsync.ErrHandler = [](jsCtx*, jsPubAckErr*, void* count) {
    ++*static_cast<std::atomic<std::uint64_t>*>(count);
  };
  options.PublishAsync.ErrHandlerClosure = &failed;
  jsCtx* raw = nullptr;
  if (link.status != NATS_OK || natsConnection_JetStream(&raw, link.raw, &options) != NATS_OK) return 1;
  const bus::JetStream js(raw);
  const Kitchen kitchen;
  const auto began = Steady::now();
  for (std::uint64_t i = 0; i < messages; ++i) {
    const auto payload = kitchen.payload(i);
    if (js_PublishAsync(js.get(), kitchen.subject(i).c_str(), payload.data(), static_cast<int>(payload.size()),
                        nullptr) != NATS_OK)
      ++failed;
  }
  jsPubOptions complete;
  jsPubOptions_Init(&complete);
  complete.MaxWait = 60'000;
  const bool all = js_PublishAsyncComplete(js.get(), &complete) == NATS_OK && failed == 0;
  fmt::print("{{\"messages\":{},\"failed\":{},\"seconds\":{:.3f}}}\n", messages, failed.load(), seconds_since(began));
  return all ? 0 : 1;
}

int pass(const char* url, std::uint64_t rate, std::uint64_t seconds) {
  const Link link(url);
  if (link.status != NATS_OK) return 1;
  const Kitchen kitchen;
  const auto began = Steady::now();
  std::uint64_t sent = 0;
  std::uint64_t failed = 0;
  while (sent < rate * seconds) {
    const auto due =
        std::min(static_cast<std::uint64_t>(seconds_since(began) * static_cast<double>(rate)), rate * seconds);
    for (; sent < due; ++sent) {
      const auto payload = kitchen.payload(sent);
      failed += natsConnection_Publish(link.raw, kitchen.subject(sent).c_str(), payload.data(),
                                       static_cast<int>(payload.size())) == NATS_OK
                    ? 0
                    : 1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  natsConnection_FlushTimeout(link.raw, 10'000);
  const double took = seconds_since(began);
  fmt::print("{{\"messages\":{},\"failed\":{},\"seconds\":{:.3f}}}\n", sent, failed, took);
  return failed == 0 && took < static_cast<double>(seconds) * 1.1 ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  const std::string_view verb = count > 2 ? words[1] : "";
  const std::uint64_t first = count > 3 ? number(words[3]) : 0;
  const std::uint64_t second = count > 4 ? number(words[4]) : 0;
  if (verb == "empty" && count == 3) return empty(words[2]);
  if (verb == "recording" && first > 0 && count == 4) return recording(words[2], first);
  if (verb == "publish" && first > 0 && count == 4) return publish(words[2], first);
  if (verb == "pass" && first > 0 && second > 0 && count == 5) return pass(words[2], first, second);
  std::fputs(
      "usage: bench_stream recording FILE MESSAGES | empty NATS-URL | publish NATS-URL MESSAGES | pass NATS-URL RATE "
      "SECONDS\n",
      stderr);
  return 2;
}
