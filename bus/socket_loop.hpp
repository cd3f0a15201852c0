#pragma once
// Reads and writes the sockets of library connections in place of the library's own two threads. (Its flusher sleeps a
// millisecond before it writes, and every answer would wait for that.)
//
// What is published is written by the publishing thread, once for all that it has gathered; or by the loop's thread,
// where nobody gathers and where the socket takes no more at the moment. The library keeps the bytes until then.

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include <nats/nats.h>

namespace epicura::bus {

class SocketLoop {
 public:
  SocketLoop();
  ~SocketLoop();  // waits until the last of its connections is closed
  SocketLoop(const SocketLoop&) = delete;
  SocketLoop& operator=(const SocketLoop&) = delete;

  // Connections that are made with these options are read and written here.
  natsStatus serve(natsOptions* options);

  // While one lives, what its thread publishes is gathered, and written by send() and at the end. Whoever waits for an
  // answer sends before. One within another writes nothing at its end.
  class Gathering {
   public:
    Gathering();
    ~Gathering();
    Gathering(const Gathering&) = delete;
    Gathering& operator=(const Gathering&) = delete;
    void send() { send_gathered(); }
  };
  // The same for a thread that works in rounds: it gathers from the first call on, and owes the second at the end of
  // each round.
  static void gather_from_now_on();
  static void send_gathered();

 private:
  struct Socket;
  // An announcement of the library: there is something to write. It makes none more until all is written.
  struct Due {
    std::weak_ptr<Socket> socket;
    std::uint64_t turn = 0;
  };

  static natsStatus attach(void** socket, void* loop, natsConnection* link, natsSock fd);
  static natsStatus read(void* socket, bool wanted);
  static natsStatus write(void* socket, bool wanted);
  static natsStatus detach(void* socket);
  static void write_now(const Due& due);

  bool begin_use(Socket& socket, std::uint64_t turn = 0);  // false: it is detached, or that turn is over
  void end_use(Socket& socket);
  void watch(const Socket& socket, int operation, std::uint32_t events) const;
  void run();

  static thread_local int gatherings_;
  static thread_local std::vector<Due> gathered_;
  static thread_local const Socket* in_use_;

  const int epoll_;
  const int end_;     // an eventfd
  std::mutex mutex_;  // guards the next three; taken inside the library's lock of a connection, never around it
  std::unordered_map<std::uint64_t, std::shared_ptr<Socket>> sockets_;
  std::uint64_t last_id_ = 0;
  std::condition_variable unused_;
  std::thread thread_;
};

}  // namespace epicura::bus
