#include "bus/recording/player.hpp"

#include <algorithm>
#include <exception>
#include <thread>

#include "bus/subjects.hpp"

namespace epicura::bus {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t most_batch_bytes = 4 << 20;  // well below what the connection holds unwritten
constexpr Millis answer_limit{5000};
constexpr Millis first_pause{50};
constexpr Millis longest_pause{1000};

}  // namespace

Player::Player(Connection& connection, PlayerSettings settings, observe::Metrics& metrics)
    : connection_(connection),
      settings_(settings),
      store_(connection, StoreSettings{.max_outstanding = settings.batch}, metrics) {}

void Player::stop() {
  const std::scoped_lock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

PlayerReport Player::report() const {
  const std::scoped_lock lock(mutex_);
  return report_;
}

bool Player::pause(Millis time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, time, [this] { return stopping_; });
}

// The reading thread: makes batches, each of what is due by now.
void Player::read(const Source& source) {
  const auto began = Steady::now();
  std::optional<Timestamp> first;
  const auto due_of = [&](Timestamp at) {
    if (!first) first = at;
    const double ms = settings_.speed == 0 ? 0 : static_cast<double>((at - *first).count()) / settings_.speed;
    return began + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double, std::milli>(ms));
  };
  RecordedMessage message;
  bool more = source(message);
  while (more) {
    Batch batch;
    const auto due = due_of(message.at);
    {
      std::unique_lock lock(mutex_);
      changed_.wait_until(lock, due, [this] { return stopping_ || over_; });
      if (stopping_ || over_) return;
      if (settings_.speed != 0)
        report_.behind = std::max(Millis{0}, std::chrono::duration_cast<Millis>(Steady::now() - due));
    }
    std::size_t bytes = 0;
    do {
      bytes += message.payload.size();
      batch.messages.push_back({std::move(message.subject), std::move(message.payload), std::move(message.headers)});
      message = {};
      more = source(message);
    } while (more && batch.messages.size() < settings_.batch && bytes + message.payload.size() < most_batch_bytes &&
             due_of(message.at) <= Steady::now());
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || over_ || !ready_; });
    if (stopping_ || over_) return;
    ready_ = std::move(batch);
    changed_.notify_all();
  }
}

bool Player::take(Batch& batch) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || ready_; });
  if (stopping_ || !ready_) return false;
  batch = std::move(*ready_);
  ready_.reset();
  changed_.notify_all();
  return true;
}

Player::End Player::play(const Source& source) {
  std::thread reading([&] {
    std::exception_ptr failure;
    try {
      read(source);
    } catch (...) {
      failure = std::current_exception();
    }
    std::unique_lock lock(mutex_);
    failure_ = failure;
    changed_.wait(lock, [this] { return stopping_ || over_ || !ready_; });
    if (!stopping_ && !over_) ready_ = Batch{{}, true};
    changed_.notify_all();
  });
  End end = End::played;
  Batch batch;
  while (end == End::played) {
    if (!take(batch)) {
      end = End::stopped;
    } else if (batch.last) {
      break;
    } else {
      end = publish(batch.messages);
    }
  }
  {
    const std::scoped_lock lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  reading.join();
  if (failure_) std::rethrow_exception(failure_);
  return end;
}

Player::End Player::publish(std::span<const Outgoing> messages) {
  const auto give_up_at = Steady::now() + settings_.patience;
  std::vector<std::optional<StoreOutcome>> outcomes(messages.size());  // absent: has no answer
  for (Millis rest = first_pause;; rest = std::min(rest * 2, longest_pause)) {
    const bool tried = connection_.connected();
    if (tried && settings_.core) {
      if (publish_core(messages)) std::fill(outcomes.begin(), outcomes.end(), StoreOutcome::stored);
    } else if (tried) {
      store(messages, outcomes);
    }
    const auto is_stored = [](const auto& outcome) { return outcome == StoreOutcome::stored; };
    const auto first_missing = std::find_if_not(outcomes.begin(), outcomes.end(), is_stored);
    const auto stored = static_cast<std::uint64_t>(std::count_if(outcomes.begin(), outcomes.end(), is_stored));
    const bool all = first_missing == outcomes.end();
    const auto refused = std::find(outcomes.begin(), outcomes.end(), StoreOutcome::refused);
    const bool give_up = Steady::now() >= give_up_at;
    if (all || refused != outcomes.end() || give_up) {
      const std::scoped_lock lock(mutex_);
      report_.published += stored;
      report_.in_order += static_cast<std::uint64_t>(first_missing - outcomes.begin());
    }
    if (all) return End::played;
    if (refused != outcomes.end()) {
      const auto& message = messages[static_cast<std::size_t>(refused - outcomes.begin())];
      why_ = message.subject + (is_publishable(message.subject) ? ": no stream takes it, or its stream refuses it"
                                                                : ": it is no legal subject");
      return End::refused;
    }
    if (give_up) {
      why_ = "nats-server was not there, or did not answer, for " +
             std::to_string(std::chrono::duration_cast<std::chrono::seconds>(settings_.patience).count()) +
             " s; the latest subject without an answer is " +
             messages[static_cast<std::size_t>(first_missing - outcomes.begin())].subject;
      return End::gave_up;
    }
    if (!pause(rest)) {
      const std::scoped_lock lock(mutex_);
      report_.published += stored;
      report_.in_order += static_cast<std::uint64_t>(first_missing - outcomes.begin());
      return End::stopped;
    }
    const std::scoped_lock lock(mutex_);
    if (tried) report_.again += messages.size() - stored;
  }
}

// Publishes what is not stored, and waits until each has an outcome: the store sees to that.
void Player::store(std::span<const Outgoing> messages, std::vector<std::optional<StoreOutcome>>& outcomes) {
  constexpr std::size_t piece_bytes = std::size_t{32} * 1024;  // the server works on one while the next is written
  std::mutex mutex;
  std::condition_variable answered;
  std::size_t missing = 1;  // one for the loop itself
  {
    SocketLoop::Gathering gathering;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      if (outcomes[i] == StoreOutcome::stored) continue;
      {
        const std::scoped_lock lock(mutex);
        ++missing;
      }
      store_.publish(messages[i], [&, i](StoreOutcome outcome) {
        const std::scoped_lock lock(mutex);
        outcomes[i] = outcome;
        if (--missing == 0) answered.notify_one();
      });
      bytes += messages[i].payload.size();
      if (bytes < piece_bytes) continue;
      gathering.send();
      bytes = 0;
    }
  }
  std::unique_lock lock(mutex);
  --missing;
  answered.wait(lock, [&missing] { return missing == 0; });
}

bool Player::publish_core(std::span<const Outgoing> messages) {
  const Link link = connection_.link();
  if (!link) return false;
  {
    const SocketLoop::Gathering gathering;
    for (const auto& message : messages) {
      natsMsg* raw = nullptr;
      natsStatus status = natsMsg_Create(&raw, message.subject.c_str(), nullptr, message.payload.data(),
                                         static_cast<int>(message.payload.size()));
      for (const auto& [name, value] : message.headers)
        if (status == NATS_OK) status = natsMsgHeader_Set(raw, name.c_str(), value.c_str());
      if (status == NATS_OK) status = natsConnection_PublishMsg(link.get(), raw);
      natsMsg_Destroy(raw);
      if (status != NATS_OK) return false;
    }
  }
  return connection_.flush(answer_limit);
}

}  // namespace epicura::bus
