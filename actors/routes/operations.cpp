// What operators and load balancers ask.

#include "actors/authorize.hpp"
#include "actors/routes/routes.hpp"
#include "schema/bounded_json.hpp"
#include "schema/twin.hpp"

namespace epicura::routes {

void get_health(Call& call) {
  call.answer({200, "application/json", R"({"status":"ok"})", {}});
}

namespace {

void answer_readiness(Call& call, Json body) {
  const bool ready = call.services().readiness.ready();
  body["status"] = ready ? "ready" : "not_ready";
  http::Response response{ready ? 200 : 503, "application/json", dump_json(body), {}};
  if (!ready) response.headers.emplace_back("Retry-After", "1");
  call.answer(std::move(response));
}

}  // namespace

void get_ready(Call& call) {
  answer_readiness(call, Json::object());
}

void get_dependencies(Call& call) {
  const auto& now = call.services().readiness;
  answer_readiness(call, {{"checks",
                           {{"postgres", now.postgres.load()},
                            {"partitions", now.partitions.load()},
                            {"nats", now.nats.load()},
                            {"streams", now.streams.load()},
                            {"revocations", now.revocations.load()},
                            {"consumers", now.consumers.load()},
                            {"bridge", now.bridge()},
                            {"stopping", now.stopping.load()}}},
                          {"standby", now.standby.load()},
                          {"backlog", now.backlog.load()}});
}

void get_metrics(Call& call) {
  std::vector<std::string> names;
  for (const auto& [key, value] : call.request().query) names.push_back(value);
  call.answer({200, "text/plain; version=0.0.4; charset=utf-8", call.services().metrics.text(names), {}});
}

void get_twin(Call& call) {
  const auto id = path_id(call);
  if (!id) return;
  call.ask_twin(*id, [&call, id = *id](const Twin& twin) {
    call.answer({200, "application/json", encode_twin(id, twin), {}});
  });
}

}  // namespace epicura::routes
