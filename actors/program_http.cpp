// The two HTTP servers, and what their requests are served with.

#include "actors/program_parts.hpp"

#include <caf/send.hpp>

#include "http/schemas.hpp"
#include "schema/pg/client.hpp"

namespace epicura {

namespace {

using namespace std::chrono_literals;

http::ServerSettings server_settings(const Settings& settings, const std::string& name, const std::string& address,
                                     std::int64_t port, http::RouteTable routes) {
  http::ServerSettings out;
  out.name = name;
  out.address = address;
  out.port = static_cast<std::uint16_t>(port);
  out.routes = routes;
  out.stop_deadline = 2s;
  out.after_round = [] {
    pg::Client::send_gathered();
    bus::SocketLoop::send_gathered();
  };
  out.max_connections = static_cast<std::size_t>(settings.max_connections);
  out.max_connections_per_address = static_cast<std::size_t>(settings.max_connections_per_address);
  out.max_buffered = static_cast<std::size_t>(settings.max_buffered_bytes);
  out.read_deadline = Millis{settings.read_deadline_ms};
  out.write_deadline = Millis{settings.write_deadline_ms};
  out.idle_deadline = Millis{settings.idle_deadline_ms};
  out.trusted_proxies = *parse_address_blocks(settings.trusted_proxies);
  out.unlimited = *parse_address_blocks("127.0.0.0/8, ::1");
  out.unlimited.insert(out.unlimited.end(), out.trusted_proxies.begin(), out.trusted_proxies.end());
  return out;
}

}  // namespace

void Program::Parts::start_servers() {
  http::api_schemas();  // compiled now: one that does not compile stops the start
  services =
      std::make_unique<Services>(Services{settings,
                                          readiness,
                                          metrics,
                                          database,
                                          history_database,
                                          store,
                                          access_tokens,
                                          refresh_tokens,
                                          mail_links,
                                          sealed_box,
                                          recovery_codes,
                                          api_keys,
                                          revocations,
                                          [this](const std::vector<Uuid>& families) { revoke(families); },
                                          passwords,
                                          [this] { caf::anon_send(queue_of_jobs, sweep_atom_v, std::uint64_t{0}); },
                                          generations,
                                          quotas,
                                          admin_reads,
                                          desk,
                                          now,
                                          directory_of_devices,
                                          media});
  const auto on_request = [this](http::Request&& request, http::Reply&& reply) {
    auto& lane = lane_of(reply);  // before the reply is moved: arguments are evaluated in any order
    serve_request(system, *services, &lane, std::move(request), std::move(reply));
  };
  auto api_settings = server_settings(settings, "api", settings.http_address, settings.port, http::api_routes);
  api_settings.cors = http::CorsPolicy(settings.cors_origins);
  api_settings.standing = [this](const std::string& address) { return quotas.of_address(address); };
  api_settings.workers = static_cast<int>(settings.http_workers);
  api = std::make_unique<http::Server>(std::move(api_settings), on_request, metrics);
  operations = std::make_unique<http::Server>(
      server_settings(settings, "operations", settings.ops_address, settings.ops_port, http::operations_routes),
      on_request, metrics);
  operations->start();
  api->start();
}

// On a worker's thread: its lane, made for its first request.
Lane& Program::Parts::lane_of(const http::Reply& reply) {
  thread_local Lane* lane = nullptr;
  if (lane == nullptr) {
    const std::lock_guard lock(lanes_mutex);
    lane = lanes.emplace_back(std::make_unique<Lane>(system, reply.worker())).get();
    pg::Client::gather_submissions();
    bus::SocketLoop::gather_from_now_on();
  }
  return *lane;
}

}  // namespace epicura
