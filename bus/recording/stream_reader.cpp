#include "bus/recording/stream_reader.hpp"

#include "bus/ack_subject.hpp"
#include "bus/consumer.hpp"
#include "bus/subscription.hpp"
#include "schema/observe/log.hpp"
#include "schema/uuid.hpp"

namespace epicura::bus {
namespace {

constexpr std::int64_t request_limit_ms = 5000;
constexpr Millis look_interval{1000};
constexpr int most_unacknowledged = 4096;
constexpr std::uint64_t acknowledged_at_once = 512;
constexpr Millis abandoned_after{30'000};  // the server then removes a consumer that nobody listens to

std::int64_t ns(Millis time) {
  return std::chrono::nanoseconds(time).count();
}

}  // namespace

// One consumer's life. Guarded by the reader's mutex, but for what is const.
struct StreamReader::Attempt {
  const std::string deliver_subject;
  std::uint64_t deliveries = 0;  // the consumer's own count: a leap in it is a loss on the way
  bool broken = false;
  std::string latest_ack = {};
  std::uint64_t unacknowledged = 0;
};

StreamReader::StreamReader(Connection& connection, StreamStretch stretch,
                           std::function<bool(const StreamedMessage&)> take)
    : connection_(connection), stretch_(std::move(stretch)), take_(std::move(take)) {}

void StreamReader::stop() {
  const std::scoped_lock lock(mutex_);
  if (!end_) end_ = End::stopped;
  changed_.notify_all();
}

std::optional<std::uint64_t> StreamReader::pending() const {
  const std::scoped_lock lock(mutex_);
  return pending_;
}

StreamReader::End StreamReader::run() {
  const int listener = connection_.on_change([this](bool) {
    const std::scoped_lock lock(mutex_);
    changed_.notify_all();
  });
  while (true) {
    {
      std::unique_lock lock(mutex_);
      while (!end_ && !connection_.connected()) changed_.wait_for(lock, look_interval);
      if (end_) break;
    }
    if (attempt(connection_.link()) == Outcome::over) break;
  }
  connection_.forget(listener);
  const std::scoped_lock lock(mutex_);
  return *end_;
}

StreamReader::Outcome StreamReader::attempt(const Link& link) {
  Attempt attempt{connection_.inbox_prefix() + ".r." + Uuid::v7().str()};
  Subscription subscription(connection_, attempt.deliver_subject,
                            [this, &attempt](natsMsg* message) { delivered(attempt, message); });

  jsCtx* raw_context = nullptr;
  jsOptions options;
  jsOptions_Init(&options);
  options.Wait = request_limit_ms;
  if (natsConnection_JetStream(&raw_context, link.get(), &options) != NATS_OK) return Outcome::again;
  const JetStream js(raw_context);

  jsErrCode code{};
  if (!stretch_.follow && last_wanted_ == 0) {
    jsStreamInfo* raw_stream = nullptr;
    natsStatus status = js_GetStreamInfo(&raw_stream, js.get(), stretch_.stream.c_str(), nullptr, &code);
    const StreamInfo stream(raw_stream);
    if (status != NATS_OK) return failed(status, code);
    const std::scoped_lock lock(mutex_);
    last_wanted_ = stream->State.LastSeq;
    if (last_wanted_ == 0) end_ = End::reached;
    if (end_) return Outcome::over;
  }

  jsConsumerConfig config;
  jsConsumerConfig_Init(&config);
  config.DeliverSubject = attempt.deliver_subject.c_str();
  config.AckPolicy = js_AckAll;
  config.AckWait = ns(abandoned_after);
  config.MaxAckPending = most_unacknowledged;
  config.InactiveThreshold = ns(abandoned_after);
  if (!stretch_.subject.empty()) config.FilterSubject = stretch_.subject.c_str();
  {
    const std::scoped_lock lock(mutex_);
    config.DeliverPolicy = js_DeliverByStartSequence;
    config.OptStartSeq = last_seq_ > 0 ? last_seq_ + 1 : std::max<std::uint64_t>(stretch_.from_seq, 1);
    if (last_seq_ == 0 && stretch_.from_time) {
      config.DeliverPolicy = js_DeliverByStartTime;
      config.OptStartSeq = 0;
      config.OptStartTime = ns(std::max(stretch_.from_time->time_since_epoch(), Millis{1}));
    }
  }
  jsConsumerInfo* raw_info = nullptr;
  const natsStatus made = js_AddConsumer(&raw_info, js.get(), stretch_.stream.c_str(), &config, nullptr, &code);
  const ConsumerInfo info(raw_info);
  if (made != NATS_OK) return failed(made, code);

  std::unique_lock lock(mutex_);
  if (attempt.deliveries == 0) {
    pending_ = info->NumPending;
    if (info->NumPending == 0 && !stretch_.follow && !end_) end_ = End::reached;
  }
  auto looked = std::chrono::steady_clock::now();
  auto seen = attempt.deliveries;
  while (!end_ && !attempt.broken && connection_.connected() && connection_.link() == link) {
    changed_.wait_for(lock, look_interval);
    if (std::chrono::steady_clock::now() - looked < look_interval) continue;
    looked = std::chrono::steady_clock::now();
    acknowledge_latest(attempt);
    if (std::exchange(seen, attempt.deliveries) != attempt.deliveries) continue;
    lock.unlock();  // nothing came for a second: is the consumer still there?
    jsConsumerInfo* raw = nullptr;
    const natsStatus status = js_GetConsumerInfo(&raw, js.get(), stretch_.stream.c_str(), info->Name, nullptr, nullptr);
    const ConsumerInfo present(raw);
    lock.lock();
    if (status == NATS_NOT_FOUND) attempt.broken = true;
  }
  const bool over = end_.has_value();
  lock.unlock();
  subscription.end(Millis{1000});
  js_DeleteConsumer(js.get(), stretch_.stream.c_str(), info->Name, nullptr, nullptr);
  return over ? Outcome::over : Outcome::again;
}

StreamReader::Outcome StreamReader::failed(natsStatus status, jsErrCode code) {
  std::unique_lock lock(mutex_);
  if (code == JSStreamNotFoundErr) {
    end_ = End::no_such_stream;
  } else if (!end_) {
    log::warning("bus", "{} cannot be read: {}; trying again", stretch_.stream, natsStatus_GetText(status));
    changed_.wait_for(lock, look_interval);
  }
  return end_ ? Outcome::over : Outcome::again;
}

// A library thread.
void StreamReader::delivered(Attempt& attempt, natsMsg* message) {
  const char* reply = natsMsg_GetReply(message);
  const auto ack = reply != nullptr ? parse_ack_subject(reply) : std::nullopt;
  std::unique_lock lock(mutex_);
  if (!ack || end_ || attempt.broken) return;
  if (ack->consumer_seq != ++attempt.deliveries) {
    attempt.broken = true;
    changed_.notify_all();
    return;
  }
  if (ack->stream_seq <= last_seq_) return;  // once more, after a pause
  const StreamedMessage streamed{message, ack->stream_seq, std::chrono::floor<Millis>(ack->stored_at)};
  lock.unlock();
  const bool more = take_(streamed);
  lock.lock();
  last_seq_ = ack->stream_seq;
  pending_ = ack->pending;
  attempt.latest_ack = reply;
  if (++attempt.unacknowledged >= acknowledged_at_once) acknowledge_latest(attempt);
  if (end_) return;
  if (!more) {
    end_ = End::enough;
  } else if (!stretch_.follow && (ack->pending == 0 || ack->stream_seq >= last_wanted_)) {
    end_ = End::reached;
  } else {
    return;
  }
  changed_.notify_all();
}

void StreamReader::acknowledge_latest(Attempt& attempt) {
  if (attempt.unacknowledged == 0) return;
  attempt.unacknowledged = 0;
  acknowledge(connection_, std::span(&attempt.latest_ack, 1));
}

}  // namespace epicura::bus
