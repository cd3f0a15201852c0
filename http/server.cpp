#include "http/server.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "http/listening_socket.hpp"
#include "http/server_core.hpp"
#include "http/worker.hpp"

namespace epicura::http {

namespace {

// One address may hold a sixteenth of what is there, but not less than two of the usual longest requests need, or one
// of the longest there is; a quarter of it is for small ones.
std::size_t input_per_address(const ServerSettings& settings) {
  std::size_t longest = 0;
  for (const auto& route : settings.routes) longest = std::max(longest, route.max_body);
  return std::max({settings.max_buffered / 16, 4 * (settings.max_body + settings.max_head), longest + longest / 2});
}

}  // namespace

ServerCore::ServerCore(ServerSettings given, OnRequest handler, observe::Metrics& metrics_of_process)
    : settings(std::move(given)),
      rules{.routes = settings.routes,
            .max_head = settings.max_head,
            .cors = settings.cors,
            .trusted_proxies = settings.trusted_proxies,
            .standing = settings.standing},
      on_request(std::move(handler)),
      metrics(std::make_shared<HttpMetrics>(metrics_of_process, settings.name, settings.routes)),
      admission(settings.max_connections, settings.max_connections_per_address, input_per_address(settings),
                settings.unlimited),
      input(settings.max_buffered, settings.max_buffered / 4),
      output(settings.max_buffered) {}

Server::Server(ServerSettings settings, OnRequest on_request, observe::Metrics& metrics)
    : core_(std::make_shared<ServerCore>(std::move(settings), std::move(on_request), metrics)) {}

Server::~Server() {
  stop();
}

void Server::start() {
  std::signal(SIGPIPE, SIG_IGN);
  const auto socket = listen_on(core_->settings.address, core_->settings.port);
  core_->listening = socket.fd;
  core_->port = socket.port;

  const auto workers = static_cast<std::size_t>(core_->settings.workers);
  for (std::size_t i = 0; i < workers; ++i) core_->mailboxes.push_back(std::make_shared<Mailbox>());
  core_->reactor = std::make_unique<Pistache::Aio::Reactor>();
  core_->reactor->init(Pistache::Aio::AsyncContext(workers, "http-" + core_->settings.name));
  core_->reactor->addHandler(std::make_shared<Worker>(core_, nullptr, false));
  core_->reactor->run();
}

std::uint16_t Server::port() const {
  return core_->port;
}
std::size_t Server::connections() const {
  return core_->admission.open();
}

void Server::stop_accepting() {
  if (core_->reactor) core_->mailboxes.front()->post(Order::stop_accepting);
}

void Server::stop() {
  if (core_->reactor) {
    core_->draining = true;
    stop_accepting();
    for (const auto& mailbox : core_->mailboxes) mailbox->post(Order::drain);
    core_->admission.wait_until_empty(core_->settings.stop_deadline);
    core_->reactor->shutdown();
    core_->reactor.reset();  // joins the workers' threads and closes what is left
  }
  if (core_->listening >= 0) ::close(core_->listening);
  core_->listening = -1;
}

}  // namespace epicura::http
