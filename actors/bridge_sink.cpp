#include "actors/bridge_sink.hpp"

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

}  // namespace

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

BridgeSink::BridgeSink(bus::Store& store, Clock clock, observe::Metrics& metrics)
    : store_(store),
      clock_(std::move(clock)),
      refused_(
          metrics.counter("epicura_bridge_refused_total", "MQTT messages on topics that must not become subjects")),
      sampled_(metrics.counter("epicura_dead_letters_total", "dead letters by source", {{"source", "mqtt"}})) {}

bool BridgeSink::store(std::vector<bridge::Inbound>& batch, std::vector<bridge::RefusedMessage>& refused) {
  count_refused(refused);
  std::vector<bus::Outgoing> outgoing;
  outgoing.reserve(batch.size());
  for (auto& message : batch) {
    auto id = device_message_id(message.subject, message.payload);
    outgoing.push_back({std::move(message.subject), std::move(message.payload), std::move(id), message.retained});
  }
  return outgoing.empty() || store_.store_all(outgoing);
}

// A refused topic can never be stored, so it is acknowledged; one letter a second and device tells of it, the rest are
// counted. The sample is not waited for: a full DEAD_LETTER must not stop readings.
void BridgeSink::count_refused(const std::vector<bridge::RefusedMessage>& refused) {
  if (refused.empty()) return;
  refused_.Increment(static_cast<double>(refused.size()));
  const auto at = clock_();
  for (const auto& message : refused) {
    const auto level = second_level(message.topic);
    if (last_letter_.size() >= max_sampled_devices) last_letter_.clear();
    const auto [entry, fresh] = last_letter_.try_emplace(std::string(level), at);
    if (!fresh && at < entry->second + letter_step) continue;
    entry->second = at;
    sampled_.Increment();
    const DeadLetter letter{"mqtt", Uuid::parse(level), message.topic, message.code, "the topic is none of a device's",
                            0,      message.payload};
    store_.publish({bus::dead_letter_subject(letter.source), encode(letter, at), {}}, [](bus::StoreOutcome) {});
  }
}

}  // namespace epicura
