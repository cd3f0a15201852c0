#include "bus/socket_loop.hpp"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace epicura::bus {

// Of one library connection, over all its reconnects. Guarded by the loop's mutex, but for what is const.
struct SocketLoop::Socket {
  SocketLoop& loop;
  natsConnection* const link;  // alive while attached, and while in use
  const std::uint64_t id;      // never 0, never again
  int fd = -1;
  bool attached = true;
  int users = 0;             // threads inside the library with it
  std::uint64_t turn = 0;    // counts the library's announcements
  bool due = false;          // announced, and not all written
  bool loop_writes = false;  // its thread waits until the socket takes something
};

thread_local int SocketLoop::gatherings_ = 0;
thread_local std::vector<SocketLoop::Due> SocketLoop::gathered_;
thread_local const SocketLoop::Socket* SocketLoop::in_use_ = nullptr;

SocketLoop::SocketLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), end_(::eventfd(0, EFD_CLOEXEC)) {
  epoll_event event{};
  event.events = EPOLLIN;
  if (epoll_ < 0 || end_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, end_, &event) != 0)
    throw std::runtime_error("no descriptors left for the connection to NATS");
  thread_ = std::thread([this] { run(); });
}

SocketLoop::~SocketLoop() {
  {
    std::unique_lock lock(mutex_);
    unused_.wait(lock, [this] { return sockets_.empty(); });
  }
  ::eventfd_write(end_, 1);
  thread_.join();
  ::close(end_);
  ::close(epoll_);
}

natsStatus SocketLoop::serve(natsOptions* options) {
  // "As soon as possible": each publish announces itself at once, here, instead of waking the library's flusher.
  const natsStatus status = natsOptions_SetSendAsap(options, true);
  return status == NATS_OK ? natsOptions_SetEventLoop(options, this, attach, read, write, detach) : status;
}

// -- what the library calls, with its lock of the connection held but for detach
// ----------------------------------------

// Also after each reconnect, with the new descriptor.
natsStatus SocketLoop::attach(void** socket, void* loop, natsConnection* link, natsSock fd) {
  auto& self = *static_cast<SocketLoop*>(loop);
  const std::scoped_lock lock(self.mutex_);
  if (*socket == nullptr) {
    const auto made = std::make_shared<Socket>(Socket{self, link, ++self.last_id_});
    self.sockets_.emplace(made->id, made);
    *socket = made.get();
  }
  auto& attached = *static_cast<Socket*>(*socket);
  attached.fd = fd;
  attached.due = attached.loop_writes = false;
  self.watch(attached, EPOLL_CTL_ADD, EPOLLIN);
  return NATS_OK;
}

// Only ever to stop it, before the library closes the descriptor.
natsStatus SocketLoop::read(void* socket, bool wanted) {
  auto& attached = *static_cast<Socket*>(socket);
  const std::scoped_lock lock(attached.loop.mutex_);
  attached.loop.watch(attached, wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, EPOLLIN);
  return NATS_OK;
}

natsStatus SocketLoop::write(void* socket, bool wanted) {
  auto& attached = *static_cast<Socket*>(socket);
  auto& loop = attached.loop;
  const std::scoped_lock lock(loop.mutex_);
  attached.due = wanted;
  if (!wanted) {
    if (attached.loop_writes) loop.watch(attached, EPOLL_CTL_MOD, EPOLLIN);
    attached.loop_writes = false;
    return NATS_OK;
  }
  ++attached.turn;
  if (gatherings_ > 0) {
    gathered_.push_back({loop.sockets_.at(attached.id), attached.turn});
  } else {
    attached.loop_writes = true;
    loop.watch(attached, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
  }
  return NATS_OK;
}

// The connection is closed, and may be freed once this returns.
natsStatus SocketLoop::detach(void* socket) {
  auto& loop = static_cast<Socket*>(socket)->loop;
  std::unique_lock lock(loop.mutex_);
  const auto found = loop.sockets_.find(static_cast<Socket*>(socket)->id);
  const auto attached = found->second;
  attached->attached = false;
  const int own = in_use_ == attached.get() ? 1 : 0;  // closed by the thread that reads or writes it
  loop.unused_.wait(lock, [&] { return attached->users == own; });
  loop.sockets_.erase(attached->id);
  loop.unused_.notify_all();
  return NATS_OK;
}

// -- whoever reads and writes
// -------------------------------------------------------------------------------------------

bool SocketLoop::begin_use(Socket& socket, std::uint64_t turn) {
  const std::scoped_lock lock(mutex_);
  if (!socket.attached || (turn != 0 && (!socket.due || socket.turn != turn))) return false;
  ++socket.users;
  in_use_ = &socket;
  return true;
}

void SocketLoop::end_use(Socket& socket) {
  const std::scoped_lock lock(mutex_);
  in_use_ = nullptr;
  --socket.users;
  unused_.notify_all();
}

void SocketLoop::watch(const Socket& socket, int operation, std::uint32_t events) const {
  epoll_event event{};
  event.events = events;
  event.data.u64 = socket.id;
  ::epoll_ctl(epoll_, operation, socket.fd, &event);  // fails where the library has closed the descriptor meanwhile
}

// The library takes an empty buffer for the end of the connection: so each turn is written by one thread.
void SocketLoop::write_now(const Due& due) {
  const auto socket = due.socket.lock();
  if (!socket || !socket->loop.begin_use(*socket, due.turn)) return;
  auto& loop = socket->loop;
  natsConnection_ProcessWriteEvent(socket->link);
  {
    const std::scoped_lock lock(loop.mutex_);
    if (socket->due && socket->turn == due.turn) {  // the socket did not take all of it
      socket->loop_writes = true;
      loop.watch(*socket, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    }
  }
  loop.end_use(*socket);
}

void SocketLoop::run() {
  ::pthread_setname_np(::pthread_self(), "nats-socket");
  std::array<epoll_event, 8> events{};
  while (true) {
    const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const auto id = events[static_cast<std::size_t>(i)].data.u64;
      const auto what = events[static_cast<std::size_t>(i)].events;
      if (id == 0) return;
      std::shared_ptr<Socket> socket;
      std::uint64_t turn = 0;
      {
        const std::scoped_lock lock(mutex_);
        const auto found = sockets_.find(id);
        if (found == sockets_.end()) continue;
        socket = found->second;
        turn = socket->turn;
      }
      if ((what & ~std::uint32_t{EPOLLOUT}) != 0 && begin_use(*socket)) {
        natsConnection_ProcessReadEvent(socket->link);
        end_use(*socket);
      }
      if ((what & EPOLLOUT) != 0) write_now({socket, turn});
    }
  }
}

// -- whoever publishes
// --------------------------------------------------------------------------------------------------

SocketLoop::Gathering::Gathering() {
  ++gatherings_;
}

SocketLoop::Gathering::~Gathering() {
  if (--gatherings_ == 0) send_gathered();
}

void SocketLoop::gather_from_now_on() {
  gatherings_ = 1;
}

void SocketLoop::send_gathered() {
  while (!gathered_.empty()) {  // a connection that is lost in here may announce once more
    const auto due = std::move(gathered_.back());
    gathered_.pop_back();
    write_now(due);
  }
}

}  // namespace epicura::bus
