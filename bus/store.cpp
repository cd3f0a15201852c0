#include "bus/store.hpp"

#include <array>

#include "bus/pub_ack.hpp"
#include "bus/subjects.hpp"
#include "schema/observe/log.hpp"
#include "schema/uuid.hpp"

namespace epicura::bus {
namespace {

constexpr std::array<const char*, 4> outcome_names{"stored", "refused", "timeout", "away"};
constexpr std::string_view digits = "0123456789abcdef";

// Of a token: the slot below, the generation above.
std::optional<std::uint64_t> read_token(std::string_view text) {
  std::uint64_t number = 0;
  for (const char c : text) {
    const auto digit = digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    number = number << 4 | digit;
  }
  return number;
}

}  // namespace

// Which slot, for which message.
struct Store::Token {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  std::uint64_t serial = 0;
};

// Lives on the stack of the thread that waits in store_portion. Guarded by the store's mutex.
struct Store::Batch {
  std::size_t missing = 0;
  std::optional<StoreOutcome> failure;
  std::condition_variable changed;
};

Store::Store(Connection& connection, StoreSettings settings, observe::Metrics& metrics)
    : connection_(connection),
      settings_(settings),
      reply_prefix_(connection.inbox_prefix() + ".s." + Uuid::v7().str() + "."),
      slots_(settings.max_outstanding) {
  for (std::size_t i = 0; i < outcome_names.size(); ++i)
    outcomes_[i] = &metrics.counter("epicura_bus_store_total", "Messages published to JetStream, by outcome",
                                    {{"outcome", outcome_names[i]}});
  for (std::size_t i = slots_.size(); i > 0; --i) free_.push_back(static_cast<std::uint32_t>(i - 1));
  listener_ = connection_.on_change([this](bool connected) {
    if (!connected) lost();
  });
  answers_.emplace(connection_, reply_prefix_ + "*", [this](natsMsg* message) { answered(message); });
}

Store::~Store() {
  stop();
}

void Store::publish(const Outgoing& message, Done done) {
  const Link link = connection_.link();
  std::string reply = reply_prefix_;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  std::uint64_t serial = 0;
  {
    std::unique_lock lock(mutex_);
    if (stopped_ || free_.empty() || !link) {
      lock.unlock();
      count(StoreOutcome::away);
      return done(StoreOutcome::away);
    }
    slot = take_slot();
    generation = slots_[slot].generation;
    serial = slots_[slot].serial;
    slots_[slot].done = std::move(done);
    slots_[slot].deadline = Steady::now() + settings_.ack_deadline;
    if (!timer_.joinable()) timer_ = std::thread([this] { sweep(); });
    if (singles_++ == 0) wake_.notify_one();
  }
  write_token(reply, slot, generation);
  const auto outcome = send(*link, message, reply);
  if (outcome == StoreOutcome::stored) return;
  {
    const std::scoped_lock lock(mutex_);
    if (!slots_[slot].taken || slots_[slot].serial != serial) return;  // failed already, with the connection
    done = std::move(slots_[slot].done);
    release_slot(slot, false);
  }
  count(outcome);
  done(outcome);
}

bool Store::store_all(std::span<const Outgoing> batch) {
  while (!batch.empty()) {
    const auto portion = batch.first(std::min(batch.size(), settings_.max_outstanding));
    if (!store_portion(portion)) return false;
    batch = batch.subspan(portion.size());
  }
  return true;
}

bool Store::store_portion(std::span<const Outgoing> portion) {
  const Link link = connection_.link();
  Batch batch;
  std::vector<Token> tokens(portion.size());
  {
    std::unique_lock lock(mutex_);
    if (stopped_ || free_.size() < portion.size() || !link) {
      lock.unlock();
      count(StoreOutcome::away, portion.size());
      return false;
    }
    batch.missing = portion.size();
    for (auto& token : tokens) {
      token.slot = take_slot();
      token.generation = slots_[token.slot].generation;
      token.serial = slots_[token.slot].serial;
      slots_[token.slot].batch = &batch;
    }
  }
  const auto sent = send_all(*link, portion, tokens);

  std::unique_lock lock(mutex_);
  if (sent != StoreOutcome::stored && !batch.failure) batch.failure = sent;
  const bool told = batch.changed.wait_until(lock, Steady::now() + settings_.ack_deadline,
                                             [&batch] { return batch.failure || batch.missing == 0; });
  if (!told) batch.failure = StoreOutcome::timeout;
  if (batch.missing > 0) {  // no answer may find the batch once it is off the stack
    for (const auto& token : tokens) {
      const Slot& slot = slots_[token.slot];
      if (slot.taken && slot.serial == token.serial) release_slot(token.slot, false);
    }
  }
  lock.unlock();
  count(StoreOutcome::stored, portion.size() - batch.missing);
  if (batch.failure) count(*batch.failure, batch.missing);
  return batch.missing == 0;
}

// In pieces: the server works on one while the next is written.
StoreOutcome Store::send_all(natsConnection& link, std::span<const Outgoing> messages, std::span<const Token> tokens) {
  constexpr std::size_t piece_bytes = std::size_t{32} * 1024;
  SocketLoop::Gathering gathering;
  std::string reply = reply_prefix_;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    write_token(reply, tokens[i].slot, tokens[i].generation);
    const auto sent = send(link, messages[i], reply);
    if (sent != StoreOutcome::stored) return sent;
    bytes += messages[i].payload.size();
    if (bytes < piece_bytes) continue;
    gathering.send();
    bytes = 0;
  }
  return StoreOutcome::stored;
}

std::uint32_t Store::take_slot() {
  const auto slot = free_.back();
  free_.pop_back();
  slots_[slot].taken = true;
  slots_[slot].serial = ++last_serial_;
  return slot;
}

void Store::release_slot(std::uint32_t slot, bool answered) {
  Slot& held = slots_[slot];
  if (held.batch == nullptr) --singles_;
  held.taken = false;
  held.batch = nullptr;
  held.done = nullptr;
  if (!answered) ++held.generation;
  free_.push_back(slot);
}

void Store::write_token(std::string& reply, std::uint32_t slot, std::uint32_t generation) const {
  std::uint64_t number = static_cast<std::uint64_t>(generation) << 32 | slot;
  reply.resize(reply_prefix_.size() + token_digits);
  for (std::size_t i = 0; i < token_digits; ++i, number >>= 4) reply[reply.size() - 1 - i] = digits[number & 15];
}

// `stored` here means handed to the library.
StoreOutcome Store::send(natsConnection& link, const Outgoing& message, const std::string& reply) {
  if (!connection_.has_room_for(link, message.payload.size())) return StoreOutcome::away;
  natsStatus status = NATS_INVALID_SUBJECT;
  const auto size = static_cast<int>(message.payload.size());
  if (is_publishable(message.subject)) {
    if (message.headers.empty()) {
      status =
          natsConnection_PublishRequest(&link, message.subject.c_str(), reply.c_str(), message.payload.data(), size);
    } else {
      natsMsg* raw = nullptr;
      status = natsMsg_Create(&raw, message.subject.c_str(), reply.c_str(), message.payload.data(), size);
      for (const auto& [name, value] : message.headers) {
        if (status == NATS_OK) status = natsMsgHeader_Set(raw, name.c_str(), value.c_str());
      }
      if (status == NATS_OK) status = natsConnection_PublishMsg(&link, raw);
      natsMsg_Destroy(raw);
    }
  }
  if (status == NATS_OK) return StoreOutcome::stored;
  if (status != NATS_INVALID_SUBJECT && status != NATS_MAX_PAYLOAD) return StoreOutcome::away;
  if (const auto held = refused_pace_.due())
    log::warning("bus", "not published: {} ({} bytes; {} more refused)", natsStatus_GetText(status), size, *held);
  return StoreOutcome::refused;
}

// The answers' own library thread.
void Store::answered(natsMsg* message) {
  const std::string_view subject = natsMsg_GetSubject(message);
  if (subject.size() != reply_prefix_.size() + token_digits) return;
  const auto token = read_token(subject.substr(reply_prefix_.size()));
  const auto taken = static_cast<std::uint32_t>(token.value_or(slots_.size()));
  if (taken >= slots_.size()) return;
  const auto ack = read_pub_ack({natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))});
  const auto outcome = ack.stored ? StoreOutcome::stored : StoreOutcome::refused;
  if (!ack.stored) {
    if (const auto held = refused_pace_.due())
      log::warning("bus", "JetStream did not store a message: {} ({} more refused)", ack.description, *held);
  }
  Done done;
  {
    const std::scoped_lock lock(mutex_);
    Slot& slot = slots_[taken];
    if (!slot.taken || slot.generation != *token >> 32) return;  // too late: reported before
    if (Batch* batch = slot.batch) {
      if (ack.stored) {
        --batch->missing;
        release_slot(taken, true);
      } else if (!batch->failure) {
        batch->failure = outcome;
      }
      if (batch->missing == 0 || batch->failure) batch->changed.notify_one();
      return;
    }
    done = std::move(slot.done);
    release_slot(taken, true);
  }
  count(outcome);
  done(outcome);
}

// What was under way is lost with the connection, in either direction.
void Store::lost() {
  std::vector<Done> failed;
  {
    const std::scoped_lock lock(mutex_);
    for (std::uint32_t i = 0; i < slots_.size(); ++i) {
      Slot& slot = slots_[i];
      if (!slot.taken) continue;
      if (slot.batch != nullptr) {
        if (!slot.batch->failure) slot.batch->failure = StoreOutcome::away;
        slot.batch->changed.notify_one();  // its own thread releases the slots
      } else {
        failed.push_back(std::move(slot.done));
        release_slot(i, false);
      }
    }
  }
  count(StoreOutcome::away, failed.size());
  for (auto& done : failed) done(StoreOutcome::away);
}

// The timer sleeps while no single message is outstanding, and looks ten times a deadline otherwise.
void Store::sweep() {
  const auto tick = std::max(settings_.ack_deadline / 10, Millis{5});
  std::vector<Done> late;
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (singles_ == 0) {
      wake_.wait(lock, [this] { return stopped_ || singles_ > 0; });
      continue;
    }
    wake_.wait_for(lock, tick, [this] { return stopped_; });
    const auto at = Steady::now();
    for (std::uint32_t i = 0; i < slots_.size(); ++i) {
      Slot& slot = slots_[i];
      if (!slot.taken || slot.batch != nullptr || slot.deadline > at) continue;
      late.push_back(std::move(slot.done));
      release_slot(i, false);
    }
    if (late.empty()) continue;
    lock.unlock();
    count(StoreOutcome::timeout, late.size());
    for (auto& done : late) done(StoreOutcome::timeout);
    late.clear();
    lock.lock();
  }
}

void Store::stop() {
  {
    const std::scoped_lock lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
  }
  wake_.notify_all();
  if (timer_.joinable()) timer_.join();
  connection_.forget(listener_);
  lost();
  answers_->end(Millis{500});
}

void Store::count(StoreOutcome outcome, std::size_t messages) {
  if (messages > 0) outcomes_[static_cast<std::size_t>(outcome)]->Increment(static_cast<double>(messages));
}

}  // namespace epicura::bus
