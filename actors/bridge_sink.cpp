#include "actors/bridge_sink.hpp"

#include <fmt/format.h>

#include "bus/max_payload.hpp"
#include "bus/subjects.hpp"
#include "schema/bounded_json.hpp"
#include "schema/dead_letter.hpp"

namespace epicura {

namespace {

constexpr auto letter_step = std::chrono::seconds{1};
constexpr std::size_t max_sampled_devices = 10'000;

std::string_view second_level(std::string_view topic) {
  const auto slash = topic.find('/');
  if (slash == std::string_view::npos) return {};
  topic.remove_prefix(slash + 1);
  return topic.substr(0, topic.find('/'));
}

bus::Outgoing as_letter(std::string_view topic, Refusal code, std::string detail, std::string payload, Timestamp at) {
  const DeadLetter letter{
      "mqtt", Uuid::parse(second_level(topic)), std::string(topic), code, std::move(detail), 0, std::move(payload)};
  return {bus::dead_letter_subject(letter.source), encode(letter, at), {}};
}

class BusStreams final : public BridgeStreams {
 public:
  BusStreams(const bus::Connection& connection, bus::Store& store, bus::Store& letters)
      : connection_(connection), store_(store), letters_(letters) {}

  bool store_all(std::span<const bus::Outgoing> messages) override { return store_.store_all(messages); }
  void publish(bus::Outgoing message) override {
    letters_.publish(message, [](bus::StoreOutcome) {});
  }
  std::size_t max_payload() const override { return bus::max_payload(connection_); }

 private:
  const bus::Connection& connection_;
  bus::Store& store_;
  bus::Store& letters_;
};

}  // namespace

std::shared_ptr<BridgeStreams> make_bridge_streams(const bus::Connection& connection, bus::Store& store,
                                                   bus::Store& letters) {
  return std::make_shared<BusStreams>(connection, store, letters);
}

std::string device_message_id(std::string_view subject, std::string_view payload) {
  const auto parsed = bus::parse_device_subject(subject);
  if (!parsed || parsed->kind == bus::Kind::telemetry) return {};
  const auto json = parse_json(payload);
  if (json.refused || !json.value.is_object()) return {};
  const auto epoch = json.value.find("epoch");
  const auto seq = json.value.find("seq");
  if (epoch == json.value.end() || seq == json.value.end() || !epoch->is_number_integer() || !seq->is_number_integer())
    return {};
  return fmt::format("{}:{}:{}", parsed->device_id.str(), epoch->get<std::int64_t>(), seq->get<std::int64_t>());
}

BridgeSink::BridgeSink(std::shared_ptr<BridgeStreams> streams, Clock clock, observe::Metrics& metrics)
    : streams_(std::move(streams)),
      clock_(std::move(clock)),
      refused_(
          metrics.counter("epicura_bridge_refused_total", "MQTT messages on topics that must not become subjects")),
      letters_(metrics.counter("epicura_dead_letters_total", "dead letters by source", {{"source", "mqtt"}})) {}

bool BridgeSink::store(std::vector<bridge::Inbound>& batch, std::vector<bridge::RefusedMessage>& refused) {
  count_refused(refused);
  if (batch.empty()) return true;
  const auto limit = streams_->max_payload();
  int too_large = 0;
  std::vector<bus::Outgoing> outgoing;
  outgoing.reserve(batch.size());
  for (auto& message : batch) {
    auto id = device_message_id(message.subject, message.payload);
    bus::Outgoing out{std::move(message.subject), std::move(message.payload)};
    if (!id.empty()) out.headers.emplace_back(bus::msg_id_header, std::move(id));
    if (message.retained) out.headers.emplace_back(bus::retain_header, "1");
    if (const auto size = bus::size_of(out); size > limit) {
      ++too_large;
      out = as_letter(message.topic, Refusal::too_large, fmt::format("{} bytes, and NATS takes {}", size, limit),
                      std::move(out.payload), clock_());
    }
    outgoing.push_back(std::move(out));
  }
  if (!streams_->store_all(outgoing)) return false;
  letters_.Increment(too_large);
  return true;
}

// A refused topic can never be stored, so it is acknowledged; one letter a second and device tells of it, the rest are
// counted. The sample is not waited for: a full DEAD_LETTER must not stop readings.
void BridgeSink::count_refused(const std::vector<bridge::RefusedMessage>& refused) {
  if (refused.empty()) return;
  refused_.Increment(static_cast<double>(refused.size()));
  const auto at = clock_();
  for (const auto& message : refused) {
    if (last_letter_.size() >= max_sampled_devices) last_letter_.clear();
    const auto [entry, fresh] = last_letter_.try_emplace(std::string(second_level(message.topic)), at);
    if (!fresh && at < entry->second + letter_step) continue;
    entry->second = at;
    letters_.Increment();
    streams_->publish(as_letter(message.topic, message.code, "the topic is none of a device's", message.payload, at));
  }
}

}  // namespace epicura
