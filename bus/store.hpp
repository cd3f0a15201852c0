#pragma once
// Durable publishing: one outcome for EACH message, which libnats's own asynchronous publish does not give.
//
// Every message carries a reply subject of ours, <inbox prefix>.s.<random>.<token>; one wildcard subscription receives
// the server's answers, and the token says whose each is. A message reported `stored` is in the stream's file. One
// reported otherwise may be there too (its answer was late or lost): whoever publishes it again makes a duplicate.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "bus/connection.hpp"
#include "bus/pace.hpp"
#include "bus/subscription.hpp"

namespace epicura::bus {

struct Outgoing {
  std::string subject;
  std::string payload;
  std::vector<std::pair<std::string, std::string>> headers = {};  // name, value; of what goes fast and often, none
};

enum class StoreOutcome {
  stored,
  refused,  // JetStream said no (full, too large), no stream takes the subject, or it is no legal subject
  timeout,  // no answer within the deadline; an answer after it is ignored
  away,     // not connected, lost on the way, or too many outstanding
};

struct StoreSettings {
  std::size_t max_outstanding = 8192;
  Millis ack_deadline{5000};
};

class Store {
 public:
  Store(Connection& connection, StoreSettings settings, observe::Metrics& metrics);
  ~Store();  // stop()
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  using Done = std::function<void(StoreOutcome)>;

  // Any thread; does not block. `done` is called once: on a library thread, on the
  // timer's, or before this returns where the message could not be sent. It must not throw, nor block.
  void publish(const Outgoing& message, Done done);

  // Sends all and blocks the calling thread until EACH is stored: true. False at the first that is not, at the loss of
  // the connection, and at the deadline, which counts from the last message's sending; some may be stored then. Any
  // thread, several at once. More than max_outstanding go in portions.
  bool store_all(std::span<const Outgoing> batch);

  // Fails what is outstanding as `away`, and all that comes later; wakes store_all. Publishing threads may still run.
  void stop();

 private:
  using Steady = std::chrono::steady_clock;
  struct Batch;
  struct Token;
  struct Slot {
    // Part of the reply subject. Raised when a slot is given up unanswered, so that a late answer finds another one,
    // and only then: reply subjects that come again stay in the server's caches (its look-ups were a fifth of its
    // time). There is one answer to a message, for one stream takes a subject: the server refuses overlapping ones.
    std::uint32_t generation = 0;
    std::uint64_t serial = 0;  // of who has taken it; here alone
    bool taken = false;
    Steady::time_point deadline;  // of single messages; a batch has its own
    Batch* batch = nullptr;
    Done done;
  };
  static constexpr std::size_t token_digits = 16;

  bool store_portion(std::span<const Outgoing> portion);
  std::uint32_t take_slot();                             // mutex_ held, free_ not empty
  void release_slot(std::uint32_t slot, bool answered);  // mutex_ held
  void write_token(std::string& reply, std::uint32_t slot, std::uint32_t generation) const;
  StoreOutcome send_all(natsConnection& link, std::span<const Outgoing> messages, std::span<const Token> tokens);
  StoreOutcome send(natsConnection& link, const Outgoing& message, const std::string& reply);
  void answered(natsMsg* message);
  void lost();
  void sweep();
  void count(StoreOutcome outcome, std::size_t messages = 1);

  Connection& connection_;
  const StoreSettings settings_;
  const std::string reply_prefix_;  // ends with a dot
  observe::Counter* outcomes_[4];
  Pace refused_pace_{Millis{5000}};

  std::mutex mutex_;  // guards everything down to the thread
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::uint64_t last_serial_ = 0;
  std::size_t singles_ = 0;  // slots with `done`
  bool stopped_ = false;
  std::condition_variable wake_;  // the timer: singles_ left 0, or stopped

  std::thread timer_;  // from the first single message on
  int listener_ = 0;
  std::optional<Subscription> answers_;
};

}  // namespace epicura::bus
