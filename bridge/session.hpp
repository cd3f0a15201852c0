#pragma once
// One persistent MQTT session with the broker, on one thread of its own. What the broker sends is handed over in
// batches, and its PUBACKs are written only after the batch has been stored: whoever dies in between, the broker sends
// the batch again (so a message may come twice, and never not at all). Order is the broker's.
//
//   connect -> subscribe -> { gate open? -> read a batch -> store -> write PUBACKs } -> lost -> back-off -> connect ...
//
// MQTT 3.1.1, QoS 1, clean session off, a fixed client id. The filters are subscribed at every connect, so retained
// messages come again each time: what stores them must be idempotent. The session hangs up without DISCONNECT.

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "schema/observe/metrics.hpp"
#include "schema/reading.hpp"
#include "schema/time.hpp"

namespace epicura::bridge {

struct Inbound {
  std::string topic;
  std::string subject;  // of NATS
  std::string payload;  // at most 64 KiB: the broker takes no larger packets
  bool retained = false;
};

struct RefusedMessage {
  std::string topic;
  Refusal code = Refusal::illegal_topic;
  std::string payload;
};

struct SessionSettings {
  std::string socket_path;  // the broker's Unix socket; empty: host and port
  std::string host;
  int port = 1883;
  std::string client_id;
  std::string username;  // empty: none
  std::string password;
  std::vector<std::string> filters;
  std::size_t batch_messages = 512;
  std::size_t batch_bytes = std::size_t{1} << 20;  // of topics and payloads; the message that passes it is the last
  Millis gather{0};                                // least time from one batch's beginning to the next's
  int keepalive_s = 60;                            // 5 to 65535
  Millis answer_limit{10'000};                     // for the broker's answer to CONNECT and to SUBSCRIBE
};

// All of them are called on the session's thread.
struct SessionEvents {
  // A batch, never empty: what has a subject, and what has none and is to be counted and dead-lettered. May block, but
  // not without limit; may move from both. True: stored, PUBACKs are written. False: the connection is dropped without
  // writing, and after a back-off the broker sends the batch again.
  std::function<bool(std::vector<Inbound>&, std::vector<RefusedMessage>&)> store;
  // May the session read now? Asked before each batch and before each connect. While it says no, nothing is read, so
  // nothing is acknowledged; the broker hangs up after a while (keep-alive) and keeps what comes for the session.
  std::function<bool()> open;
  // All filters are subscribed / the connection is lost. Called at changes only.
  std::function<void(bool subscribed)> changed;
  // Messages on topics that begin with '$': the broker's own, not stored.
  std::function<void(std::string_view topic, std::string_view payload)> other;
};

class Session {
 public:
  // `label` names the session in metrics and log. Throws std::system_error when the system has no more descriptors.
  Session(SessionSettings settings, SessionEvents events, observe::Metrics& metrics, const std::string& label);
  ~Session();  // stops
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start();  // once
  // Hangs up and waits for the thread: as long as a call of `store` that is under way takes, and at most 2 s more.
  // Not from the session's own callbacks. May be called again.
  void stop();
  void wake();  // any thread: what `open` says has changed

 private:
  struct Counters {
    observe::Gauge& connected;
    observe::Counter& messages;
    observe::Counter& batches;
    observe::Counter& reconnects;
  };
  enum class End { lost, lost_after_storing };

  void run();
  End serve();                                               // one connection, from CONNECT until it is lost
  bool pause(Millis limit, bool until_woken);                // false: stopping
  bool gather(std::chrono::steady_clock::time_point until);  // false: stopping
  bool wait_until_open();                                    // false: stopping
  void tell(bool subscribed);

  SessionSettings settings_;
  SessionEvents events_;
  Counters counters_;
  std::string label_;
  int wake_fd_;  // eventfd: counts calls of wake() and stop()
  std::atomic<bool> stopping_{false};
  bool subscribed_ = false;  // as told to `changed`
  std::string last_reason_;  // why the last connection was lost: said once, not at each try
  std::thread thread_;
};

}  // namespace epicura::bridge
