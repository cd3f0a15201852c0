#include "bus/consumer.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bus/ack_subject.hpp"
#include "bus/subjects.hpp"
#include "schema/observe/log.hpp"
#include "schema/uuid.hpp"

namespace epicura::bus {
namespace {

constexpr std::string_view room = "bus";

std::int64_t ns(Millis time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

std::string_view text(const char* maybe) {
  return maybe != nullptr ? maybe : "";
}

// What no update may change: then the consumer would lose or skip messages. Empty: nothing.
std::string_view unfit(const jsConsumerConfig& config) {
  if (config.AckPolicy != js_AckExplicit) return "it does not acknowledge each message explicitly";
  if (!text(config.FilterSubject).empty()) return "it filters subjects";
  if (!text(config.DeliverGroup).empty()) return "it has a deliver group";
  if (text(config.DeliverSubject).empty()) return "it is a pull consumer";
  return {};
}

}  // namespace

Consumer::Consumer(Connection& connection, ConsumerSpec spec, std::function<void(const Delivery&)> handler,
                   observe::Metrics& metrics)
    : spec_(std::move(spec)),
      handler_(std::move(handler)),
      deliveries_(metrics.counter("epicura_bus_deliveries_total", "Messages delivered by JetStream",
                                  {{"consumer", spec_.durable}})),
      redeliveries_(metrics.counter("epicura_bus_redeliveries_total", "Messages delivered by JetStream again",
                                    {{"consumer", spec_.durable}})),
      subscription_(connection, connection.inbox_prefix() + ".deliver." + spec_.durable + "." + Uuid::v7().str(),
                    [this](natsMsg* message) { deliver(message); }) {}

Consumer::~Consumer() {
  drain(Millis{1000});
}

void Consumer::drain(Millis limit) {
  draining_ = true;
  bound_ = false;
  subscription_.end(limit);
}

void Consumer::deliver(natsMsg* message) {
  const char* reply = natsMsg_GetReply(message);
  if (reply == nullptr) return;  // a status of the server's
  const auto ack = parse_ack_subject(reply);
  if (!ack) return;
  delivery_.subject = natsMsg_GetSubject(message);
  delivery_.payload = {natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))};
  delivery_.stream_seq = ack->stream_seq;
  delivery_.stored_at = std::chrono::floor<Millis>(ack->stored_at);
  delivery_.stored_exactly = ack->stored_at;
  delivery_.ack_subject = reply;
  delivery_.redelivered = ack->delivered > 1;
  const char* retained = nullptr;
  delivery_.retained = natsMsgHeader_Get(message, retain_header, &retained) == NATS_OK;
  deliveries_.Increment();
  if (delivery_.redelivered) redeliveries_.Increment();
  handler_(delivery_);
}

std::optional<ConsumerFacts> Consumer::keep(jsCtx* js, const StreamFacts& stream) {
  jsConsumerInfo* raw = nullptr;
  const natsStatus status = js_GetConsumerInfo(&raw, js, spec_.stream.c_str(), spec_.durable.c_str(), nullptr, nullptr);
  ConsumerInfo info(raw);
  if (status == NATS_NOT_FOUND && !draining_) {
    info = create(js, stream);
  } else if (status == NATS_OK && !draining_) {
    const jsConsumerConfig& config = *info->Config;
    const bool ours = subscription_.subject() == text(config.DeliverSubject);
    const bool as_wanted = config.AckWait == ns(spec_.ack_wait) && config.MaxAckPending == spec_.max_ack_pending;
    if (const auto reason = unfit(config); !reason.empty()) {
      if (pace_.due())
        log::error(room, "consumer {} of {} cannot be used: {}; delete it and it is made anew", spec_.durable,
                   spec_.stream, reason);
      info.reset();
    } else if (ours ? !as_wanted : !info->PushBound) {
      if (auto taken = take(js, *info)) info = std::move(taken);
    }
  }
  const bool bound =
      info && info->PushBound && subscription_.subject() == text(info->Config->DeliverSubject) && !draining_;
  if (bound && !bound_.exchange(true)) {
    log::info(room, "consumer {} is bound, {} messages wait", spec_.durable, info->NumPending);
  } else if (!bound && bound_.exchange(false)) {
    log::warning(room, "consumer {} is not bound any more", spec_.durable);
  }
  if (!info) return std::nullopt;
  if (floor_stream_ns_ != stream.created_ns) floor_ = 0;
  floor_stream_ns_ = stream.created_ns;
  floor_ = std::max(floor_, info->AckFloor.Stream);
  return ConsumerFacts{info->NumPending + static_cast<std::uint64_t>(info->NumAckPending), info->AckFloor.Stream,
                       info->PushBound};
}

ConsumerInfo Consumer::create(jsCtx* js, const StreamFacts& stream) {
  jsConsumerConfig config;
  jsConsumerConfig_Init(&config);
  config.Durable = spec_.durable.c_str();
  config.DeliverSubject = subscription_.subject().c_str();
  config.AckPolicy = js_AckExplicit;
  config.AckWait = ns(spec_.ack_wait);
  config.MaxAckPending = spec_.max_ack_pending;
  config.DeliverPolicy = js_DeliverAll;
  if (floor_ > 0 && floor_stream_ns_ == stream.created_ns && floor_ <= stream.last_seq) {
    // It was deleted under us: go on behind what is acknowledged, not at the beginning of gigabytes.
    config.DeliverPolicy = js_DeliverByStartSequence;
    config.OptStartSeq = floor_ + 1;
  }
  jsConsumerInfo* made = nullptr;
  const natsStatus status = js_AddConsumer(&made, js, spec_.stream.c_str(), &config, nullptr, nullptr);
  if (status == NATS_OK) {
    log::info(room, "made consumer {} of {}", spec_.durable, spec_.stream);
  } else if (pace_.due()) {
    log::warning(room, "cannot make consumer {} of {}: {}", spec_.durable, spec_.stream, natsStatus_GetText(status));
  }
  return ConsumerInfo(made);
}

ConsumerInfo Consumer::take(jsCtx* js, const jsConsumerInfo& present) {
  jsConsumerConfig config = *present.Config;
  config.DeliverSubject = subscription_.subject().c_str();
  config.AckWait = ns(spec_.ack_wait);
  config.MaxAckPending = spec_.max_ack_pending;
  jsConsumerInfo* taken = nullptr;
  const natsStatus status = js_UpdateConsumer(&taken, js, spec_.stream.c_str(), &config, nullptr, nullptr);
  if (status != NATS_OK && pace_.due())  // another was quicker, mostly
    log::info(room, "consumer {} was not taken: {}", spec_.durable, natsStatus_GetText(status));
  return ConsumerInfo(taken);
}

void acknowledge(Connection& connection, std::span<const std::string> ack_subjects) {
  static constexpr std::string_view ack = "+ACK";
  const Link link = connection.link();
  if (!link) return;
  const SocketLoop::Gathering gathering;
  for (const std::string& subject : ack_subjects)
    natsConnection_Publish(link.get(), subject.c_str(), ack.data(), static_cast<int>(ack.size()));
}

void decline(Connection& connection, const std::string& ack_subject, Millis pause) {
  const auto nak = fmt::format(R"(-NAK {{"delay": {}}})", std::chrono::nanoseconds(pause).count());
  if (const Link link = connection.link())
    natsConnection_Publish(link.get(), ack_subject.c_str(), nak.data(), static_cast<int>(nak.size()));
}

}  // namespace epicura::bus
