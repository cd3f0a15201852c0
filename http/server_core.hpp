#pragma once
// What the workers of one server share.

#include <pistache/reactor.h>

#include <atomic>
#include <memory>
#include <vector>

#include "http/admission.hpp"
#include "http/budget.hpp"
#include "http/http_metrics.hpp"
#include "http/mailbox.hpp"
#include "http/request_reader.hpp"
#include "http/server.hpp"

namespace epicura::http {

struct ServerCore {
  ServerCore(ServerSettings given, OnRequest handler, observe::Metrics& metrics_of_process);

  const ServerSettings settings;
  const ReaderRules rules;
  const OnRequest on_request;
  const std::shared_ptr<HttpMetrics> metrics;
  Admission admission;
  Budget input;
  Budget output;

  std::vector<std::shared_ptr<Mailbox>> mailboxes;  // one a worker
  std::size_t workers_made = 0;                     // by the thread that starts the server
  int listening = -1;                               // worker 0's from start() on
  std::uint16_t port = 0;
  std::atomic<bool> draining{false};

  std::unique_ptr<Pistache::Aio::Reactor> reactor;  // null: not started, or stopped
};

}  // namespace epicura::http
