#pragma once
// The thread behind a Client. Submitters touch only what the mutex guards and the atomics; all else is the thread's.

#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "schema/pg/client.hpp"
#include "schema/pg/counters.hpp"
#include "schema/pg/link.hpp"
#include "schema/pg/pipeline.hpp"
#include "schema/pg/unit.hpp"

namespace epicura::pg {

class Client::Loop {
 public:
  Loop(ClientSettings settings, ClientEvents events, observe::Metrics& metrics);
  ~Loop();

  void submit(Unit unit);
  void wake_if_asleep();
  static thread_local bool gathering;
  static thread_local std::vector<Loop*> gathered;  // have something of this thread's, and have not been woken for it
  bool connected() const { return connected_.load(std::memory_order_acquire); }
  void stop();

 private:
  // The turns of the thread: take what was submitted, send it, see to deadlines, sleep until something happens.
  void run();
  bool collect(std::vector<Unit>& arrived);  // false: stop
  void accept(Unit unit);
  void send_waiting();
  void see_to_deadlines(SteadyTime now);
  void expire(SteadyTime now);
  bool may_sleep();
  int sleep_millis(SteadyTime now) const;  // -1: nothing is due
  void on_descriptor();

  Conninfo session() const;
  void start_connecting();
  void after_attempt();  // looks at the link after it has been started or advanced
  void lose(std::string why);
  void give_up_waiting(const std::string& why);
  void watch(std::uint32_t events);
  void wake();

  void fail(Unit unit, Failure failure, const std::string& why);
  void finish(Unit unit);
  void answer(Unit unit);

  const ClientSettings settings_;
  const ClientEvents events_;
  Counters counters_;

  std::mutex mutex_;
  std::vector<Unit> inbox_;
  bool stopping_ = false;
  bool closed_ = false;                // the thread takes nothing any more
  std::atomic<bool> sleeping_{false};  // set under the mutex: the next submission has to wake the thread
  std::atomic<bool> connected_{false};
  std::atomic<std::size_t> in_flight_{0};
  std::atomic<std::size_t> in_flight_bytes_{0};

  Link link_;
  Backoff backoff_;
  std::optional<Pipeline> pipeline_;  // while the link is up
  std::deque<Unit> waiting_;          // not yet given to libpq: enough is under way, or the connection is replaced
  bool blocked_ = false;              // the socket is full
  SteadyTime now_;                    // of this turn
  SteadyTime next_due_ = SteadyTime::max();  // no unit is due before
  SteadyTime connection_due_;                // away: the next attempt; connecting: its end
  std::optional<SteadyTime> waiting_due_;    // the connection was lost: until then what waits goes on waiting
  bool was_connected_ = false;
  std::string said_;  // the last failure to connect that was logged: a long outage is one line, not thousands
  int watched_ = -1;
  std::uint32_t watched_events_ = 0;
  int epoll_ = -1;
  int event_ = -1;
  std::thread thread_;
};

}  // namespace epicura::pg
