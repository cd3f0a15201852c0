#include "bus/connection.hpp"

#include <pthread.h>
#include <sched.h>

#include <random>

#include "schema/observe/log.hpp"

namespace epicura::bus {
namespace {

constexpr std::string_view room = "bus";

constexpr int unanswered_pings = 2;
constexpr std::int64_t connect_limit_ms = 2000;
// Unwritten while the server stalls, until its unanswered pings end the connection.
constexpr int most_unwritten_bytes = 16 << 20;
constexpr Millis first_pause{100};
constexpr Millis longest_pause{1000};

// The library's own threads inherit the policy of who opens it. One of them only frees messages, is woken for each, and
// would take the core from whoever destroys one, each time; a batch thread waits for its turn, and frees many at once.
void open_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    const sched_param parameter{};
    const bool batch = ::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &parameter) == 0;
    nats_Open(0);  // no spinning for the library's locks: on few cores it takes the time of who holds them
    if (batch) ::pthread_setschedparam(::pthread_self(), SCHED_OTHER, &parameter);
  });
}

using OptionsHandle = std::unique_ptr<natsOptions, decltype(&natsOptions_Destroy)>;

}  // namespace

Connection::Connection(ConnectionSettings settings, ConnectionEvents events, observe::Metrics& metrics)
    : settings_(std::move(settings)),
      events_(std::move(events)),
      connected_gauge_(metrics.gauge("epicura_bus_connected", "1 while connected to NATS")),
      reconnects_(metrics.counter("epicura_bus_reconnects_total", "Times the connection to NATS was made anew")) {}

Connection::~Connection() {
  drain(Millis{0});
}

bool Connection::start() {
  open_library();
  natsOptions* raw = nullptr;
  if (natsOptions_Create(&raw) != NATS_OK) return false;
  OptionsHandle options(raw, natsOptions_Destroy);
  natsStatus status = natsOptions_SetURL(raw, settings_.url.c_str());
  const auto also = [&status](natsStatus next) {
    if (status == NATS_OK) status = next;
  };
  also(natsOptions_SetName(raw, settings_.name.c_str()));
  also(natsOptions_SetCustomInboxPrefix(raw, settings_.inbox_prefix.c_str()));
  also(natsOptions_SetTimeout(raw, connect_limit_ms));
  also(natsOptions_SetPingInterval(raw, settings_.ping_interval.count()));
  also(natsOptions_SetMaxPingsOut(raw, unanswered_pings));
  also(natsOptions_SetAllowReconnect(raw, false));
  also(natsOptions_SetIgnoreDiscoveredServers(raw, true));
  also(sockets_.serve(raw));
  also(natsOptions_SetClosedCB(raw, on_closed, this));
  also(natsOptions_SetErrorHandler(raw, on_error, this));
  if (status != NATS_OK) {
    log::error(room, "cannot use the NATS settings: {}", natsStatus_GetText(status));
    return false;
  }
  thread_ = std::thread([this, held = std::move(options)] {
    std::mt19937 random{std::random_device{}()};
    Millis pause = first_pause;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      const bool made = make_link(held.get());
      lock.lock();
      if (made) {
        changed_.wait(lock, [this] { return stopping_ || closed_; });
        pause = first_pause;
      }
      // Not all at once, where several have lost the same server.
      const Millis spread{std::uniform_int_distribution<Millis::rep>(0, pause.count() / 2)(random)};
      if (!stopping_) changed_.wait_for(lock, pause + spread, [this] { return stopping_; });
      pause = std::min(pause * 2, longest_pause);
    }
  });
  return true;
}

bool Connection::make_link(natsOptions* options) {
  const std::scoped_lock making(making_);
  natsConnection* raw = nullptr;
  const natsStatus status = natsConnection_Connect(&raw, options);
  if (status != NATS_OK) {
    if (const auto held = refused_pace_.due())
      log::warning(room, "cannot connect to NATS: {} ({} times more)", natsStatus_GetText(status), *held);
    return false;
  }
  const Link made(raw, natsConnection_Destroy);
  {
    const std::scoped_lock listeners(listeners_mutex_);  // outermost: nobody subscribes twice to one link
    {
      const std::scoped_lock lock(mutex_);
      link_ = made;
      closed_ = false;
    }
    for (const auto& [id, listener] : link_listeners_) listener(made);
  }
  report(true);
  return true;
}

Link Connection::link() const {
  const std::scoped_lock lock(mutex_);
  return link_;
}

// Asking the library takes its lock, so it is asked at every 64 KiB only, until there is too much.
bool Connection::has_room_for(natsConnection& link, std::size_t bytes) {
  constexpr std::size_t step = std::size_t{64} * 1024;
  const auto before = offered_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (!congested_ && before / step == (before + bytes) / step) return true;
  congested_ = natsConnection_Buffered(&link) > most_unwritten_bytes;
  return !congested_;
}

bool Connection::flush(Millis limit) {
  const Link held = link();
  return held && connected_ && limit > Millis{0} && natsConnection_FlushTimeout(held.get(), limit.count()) == NATS_OK;
}

void Connection::drain(Millis limit) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();  // from here on no link is made
  flush(limit);
  if (const Link held = link()) {
    natsConnection_Close(held.get());
    // The library's last event of a link is its end: after it nothing of ours is called any more.
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_; });
  }
}

int Connection::on_link(std::function<void(const Link&)> listener) {
  const std::scoped_lock lock(listeners_mutex_);
  if (const Link held = link()) listener(held);
  link_listeners_.emplace(++next_listener_, std::move(listener));
  return next_listener_;
}

int Connection::on_change(std::function<void(bool)> listener) {
  const std::scoped_lock lock(listeners_mutex_);
  change_listeners_.emplace(++next_listener_, std::move(listener));
  return next_listener_;
}

void Connection::forget(int listener) {
  const std::scoped_lock lock(listeners_mutex_);
  link_listeners_.erase(listener);
  change_listeners_.erase(listener);
}

// Reports come in the library's order, from one thread at a time (`making_` is held).
void Connection::report(bool connected) {
  const bool before = connected_.exchange(connected);
  if (before == connected && !connected) return;
  connected_gauge_.Set(connected ? 1 : 0);
  if (connected) {
    if (was_connected_) reconnects_.Increment();
    was_connected_ = true;
  }
  log::info(room, "{} NATS", connected ? "connected to" : "disconnected from");
  {
    const std::scoped_lock lock(listeners_mutex_);
    for (const auto& [id, listener] : change_listeners_) listener(connected);
  }
  if (events_.changed) events_.changed(connected);
}

void Connection::on_closed(natsConnection* link, void* self) {
  auto& connection = *static_cast<Connection*>(self);
  {
    const std::scoped_lock making(connection.making_);
    connection.report(false);
  }
  const char* text = nullptr;
  const natsStatus status = natsConnection_GetLastError(link, &text);
  // Notified under the lock: the waiter may destroy the connection as soon as it sees the flag.
  const std::scoped_lock lock(connection.mutex_);
  if (!connection.stopping_) {
    if (const auto held = connection.refused_pace_.due())
      log::warning(room, "NATS ended the connection: {} ({} times more)",
                   text != nullptr && *text != '\0' ? text : natsStatus_GetText(status), *held);
  }
  connection.closed_ = true;
  connection.changed_.notify_all();
}

void Connection::on_error(natsConnection* link, natsSubscription*, natsStatus status, void* self) {
  auto& connection = *static_cast<Connection*>(self);
  const auto held = connection.error_pace_.due();
  if (!held) return;
  const char* text = nullptr;
  natsConnection_GetLastError(link, &text);
  log::warning(room, "NATS: {} {} ({} times more)", natsStatus_GetText(status), text != nullptr ? text : "", *held);
}

}  // namespace epicura::bus
