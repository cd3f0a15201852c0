#pragma once
// What the workers of one server share.

#include <pistache/reactor.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "http/http_metrics.hpp"
#include "http/mailbox.hpp"
#include "http/request_reader.hpp"
#include "http/server.hpp"

namespace epicura::http {

struct ServerCore {
  ServerSettings settings;
  ReaderLimits limits;
  OnRequest on_request;
  std::shared_ptr<HttpMetrics> metrics;

  std::vector<std::shared_ptr<Mailbox>> mailboxes;  // one a worker
  std::size_t workers_made = 0;                     // by the thread that starts the server
  int listening = -1;                               // worker 0's from start() on
  std::uint16_t port = 0;

  std::atomic<std::size_t> open{0};
  std::atomic<bool> draining{false};
  std::mutex drained_mutex;
  std::condition_variable drained;  // open has become 0

  std::unique_ptr<Pistache::Aio::Reactor> reactor;  // null: not started, or stopped
};

}  // namespace epicura::http
