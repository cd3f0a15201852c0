#include "bus/keeper.hpp"

#include <algorithm>

namespace epicura::bus {
namespace {

constexpr std::int64_t answer_limit_ms = 1500;  // of one question to JetStream
constexpr Millis eager{100};

}  // namespace

double backlog_share(const StreamFacts& stream, const ConsumerFacts& consumer) {
  if (stream.messages == 0 || stream.max_bytes <= 0) return 0;
  const auto waiting = static_cast<double>(std::min(consumer.unacknowledged, stream.messages));
  const double bytes = static_cast<double>(stream.bytes) * waiting / static_cast<double>(stream.messages);
  return std::min(1.0, bytes / static_cast<double>(stream.max_bytes));
}

Keeper::Keeper(Connection& connection, std::vector<StreamSpec> streams, std::vector<Consumer*> consumers,
               std::function<void(const BusState&)> report, observe::Metrics& metrics, Millis interval)
    : connection_(connection),
      consumers_(std::move(consumers)),
      report_(std::move(report)),
      backlog_gauge_(metrics.gauge("epicura_bus_backlog_ratio",
                                   "Share of a stream's byte limit that its consumer has not acknowledged")),
      interval_(interval) {
  for (auto& spec : streams) streams_.push_back({std::move(spec), std::make_unique<Pace>(Millis{10'000})});
  listener_ = connection_.on_change([this](bool) {
    const std::scoped_lock lock(mutex_);
    changed_ = true;
    wake_.notify_one();
  });
  thread_ = std::thread([this] { run(); });
}

Keeper::~Keeper() {
  stop();
}

void Keeper::stop() {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  wake_.notify_one();
  connection_.forget(listener_);
  thread_.join();
}

void Keeper::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_ = false;
    lock.unlock();
    const BusState state = look();
    backlog_gauge_.Set(state.backlog);
    if (report_) report_(state);
    lock.lock();
    const bool settled = !state.connected || (state.streams_ready && state.consumers_bound);
    wake_.wait_for(lock, settled ? interval_ : std::min(interval_, eager), [this] { return stopping_ || changed_; });
  }
}

bool Keeper::renew_context() {
  const Link link = connection_.link();
  if (js_ && link == link_) return true;
  js_.reset();
  link_ = link;
  jsOptions options;
  jsOptions_Init(&options);
  options.Wait = answer_limit_ms;
  jsCtx* made = nullptr;
  if (!link || natsConnection_JetStream(&made, link.get(), &options) != NATS_OK) return false;
  js_.reset(made);
  return true;
}

BusState Keeper::look() {
  BusState state;
  state.connected = connection_.connected() && renew_context();
  state.streams_ready = state.connected;
  state.consumers_bound = state.consumers_served = state.connected;
  state.backlog = backlog_;
  if (!state.connected) {
    for (Consumer* consumer : consumers_) consumer->unbind();
    return state;
  }
  double fullest = 0;
  bool seen_all = true;
  for (Kept& stream : streams_) {
    const auto facts = ensure_stream(js_.get(), stream.spec, *stream.pace);
    if (!facts) state.streams_ready = false;
    for (Consumer* consumer : consumers_) {
      if (consumer->spec().stream != stream.spec.name) continue;
      if (!facts) consumer->unbind();
      const auto known = facts ? consumer->keep(js_.get(), *facts) : std::nullopt;
      state.consumers_bound = state.consumers_bound && consumer->bound();
      if (!consumer->spec().counts) continue;
      if (known && stream.spec.keeping == Keeping::by_limits) {
        fullest = std::max(fullest, backlog_share(*facts, *known));
      } else if (!known) {
        seen_all = false;
      }
      state.consumers_served = state.consumers_served && known && known->served;
    }
  }
  if (seen_all) backlog_ = fullest;
  state.backlog = backlog_;
  return state;
}

}  // namespace epicura::bus
