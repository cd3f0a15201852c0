#pragma once
// One connection to nats-server, for as long as the program lives.
//
// Each time that the library's connection ends, for whatever reason, a new one, a new *link*, is made, and whoever
// subscribed is told. The library could reconnect a broken socket by itself, but not for a password refused twice, an
// authentication that timed out on a stalled machine, or a protocol error; and where its sockets are read for it
// (bus/socket_loop) its parser would go on in the middle of what the old socket had sent [3.4.1 to 3.10].
//
// Nothing is buffered while the server is away: a publish then fails at once.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <nats/nats.h>

#include "bus/pace.hpp"
#include "bus/socket_loop.hpp"
#include "schema/observe/metrics.hpp"
#include "schema/time.hpp"

namespace epicura::bus {

struct ConnectionSettings {
  std::string url;           // nats://user:password@host:port; never logged
  std::string name;          // shown by the server
  std::string inbox_prefix;  // the role's own, without a dot at the end: "_INBOX_epicura"
  // A server that stalls, as opposed to one that is gone, is noticed by the third ping: after two to three of these.
  Millis ping_interval{3000};
};

struct ConnectionEvents {
  std::function<void(bool connected)> changed;  // a library thread or the link's; must not block
};

using Link = std::shared_ptr<natsConnection>;

class Connection {
 public:
  Connection(ConnectionSettings settings, ConnectionEvents events, observe::Metrics& metrics);
  ~Connection();  // drain(0); what was built on the connection must be gone, or ended
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Begins to connect, on a thread of its own, and tries for ever; returns at once. False: libnats does not take the
  // settings. A URL with an unreadable port is only found on the way, and logged.
  bool start();

  bool connected() const { return connected_; }
  const std::string& inbox_prefix() const { return settings_.inbox_prefix; }

  // The present library connection, null before the first. It may be disconnected or closed: calls on it then fail.
  // Holding it keeps it allocated, not open. Any thread.
  Link link() const;

  // False: so much is not written yet that these bytes should not be added. Any thread.
  bool has_room_for(natsConnection& link, std::size_t bytes);

  // True when the server has handled everything that was published before: one round trip. Blocks for `limit` at most.
  bool flush(Millis limit);

  // Flushes (within `limit`), closes for good, ends the thread. Blocks up to `limit` and about 2 s more. Not on a
  // library thread. Again: nothing.
  void drain(Millis limit);

  // For what lives on the connection. `on_link`: called with each new link, and at once if there is one; subscribe
  // there. `on_change`: connected or lost; on lost, what was under way on the link is lost too. Neither may block, nor
  // call these three. `forget` returns when no call is running and none will come.
  int on_link(std::function<void(const Link&)> listener);
  int on_change(std::function<void(bool connected)> listener);
  void forget(int listener);

 private:
  bool make_link(natsOptions* options);
  void report(bool connected);
  static void on_closed(natsConnection*, void* self);
  static void on_error(natsConnection*, natsSubscription*, natsStatus status, void* self);

  const ConnectionSettings settings_;
  const ConnectionEvents events_;
  observe::Gauge& connected_gauge_;
  observe::Counter& reconnects_;
  Pace refused_pace_{Millis{5000}};
  Pace error_pace_{Millis{5000}};

  std::atomic<bool> connected_{false};
  SocketLoop sockets_;  // outlives each link
  std::atomic<std::size_t> offered_bytes_{0};
  std::atomic<bool> congested_{false};
  std::mutex making_;  // held while a link is made: the library's events wait until it is complete
  bool was_connected_ = false;

  mutable std::mutex mutex_;  // guards the next four
  std::condition_variable changed_;
  Link link_;
  bool stopping_ = false;
  bool closed_ = true;  // the present link is closed, or there is none

  std::mutex listeners_mutex_;  // held during the calls
  std::map<int, std::function<void(const Link&)>> link_listeners_;
  std::map<int, std::function<void(bool)>> change_listeners_;
  int next_listener_ = 0;

  std::thread thread_;
};

}  // namespace epicura::bus
