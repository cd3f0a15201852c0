#pragma once
// The front end: listens, reads requests, hands them to a handler, writes the answers. Its threads are its workers
// (`settings.workers`); it has no other, worker 0 accepts.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "http/cors.hpp"
#include "http/message.hpp"
#include "http/reply.hpp"
#include "http/route_table.hpp"
#include "schema/ip_address.hpp"
#include "schema/observe/metrics.hpp"
#include "schema/quota.hpp"
#include "schema/time.hpp"

namespace epicura::http {

struct ServerSettings {
  std::string name = "api";  // label of the counters, and part of the threads' names
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: a free one
  RouteTable routes;
  int workers = 1;
  std::size_t max_body = std::size_t{1} << 20;  // bytes; of all routes but those for images, each says its own
  std::size_t max_head = std::size_t{16} << 10;
  std::size_t max_connections = 16'384;  // above: accepted and closed
  std::size_t max_connections_per_address = 512;
  AddressBlocks unlimited;        // addresses of which as many as there are may come, and hold what they will
  AddressBlocks trusted_proxies;  // whose X-Forwarded-For is believed
  CorsPolicy cors;
  // What an address (its text) whose request is refused here is told of its quota. On the workers' threads.
  std::function<Quota::Standing(const std::string&)> standing = {};
  // Bytes of requests that come in slowly; as many of answers. An address has a share of it, small requests a part that
  // large ones leave alone.
  std::size_t max_buffered = std::size_t{256} << 20;
  Millis read_deadline{20'000};            // from a request's first byte to its last; then 408
  Millis write_deadline{30'000};           // for an answer that the client does not read at once
  Millis idle_deadline{75'000};            // between requests
  std::function<void()> after_round = {};  // on each worker's thread, when it has seen to all that was there
  Millis stop_deadline{3'000};             // how long stop() waits for requests that are being answered
};

// Calls come on a worker's thread and must not block: hand the request on, or answer at once. What the call throws is
// caught, counted and answered 500.
using OnRequest = std::function<void(Request&&, Reply&&)>;

struct ServerCore;

class Server {
 public:
  // `metrics` must live as long as the server; Replies may outlive both.
  Server(ServerSettings settings, OnRequest on_request, observe::Metrics& metrics);
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Throws std::runtime_error with a sentence for the operator if the address cannot be listened on. Ignores SIGPIPE
  // for the process.
  void start();
  std::uint16_t port() const;  // after start()
  std::size_t connections() const;

  void stop_accepting();  // new connections are refused by the system; open ones go on
  // Closes idle connections, waits up to stop_deadline for the answers that are owed, closes the rest, joins the
  // threads. Replies given later are counted and dropped. Idempotent.
  void stop();

 private:
  std::shared_ptr<ServerCore> core_;
};

}  // namespace epicura::http
