#pragma once
// The API's requests with a real PostgreSQL and a real nats-server: a target as the client writes it goes through the
// route table into a request actor, whose turns and clock are the test's.

#include <doctest/doctest.h>

#include "actors/directory.hpp"
#include "actors/request.hpp"
#include "http/target.hpp"
#include "schema/bounded_json.hpp"
#include "tests/actors/stage.hpp"
#include "tests/bus/bus_fixture.hpp"
#include "tests/pg/migrated.hpp"

namespace epicura::tests {

inline const Timestamp noon = *parse_rfc3339("2026-11-20T12:00:00Z");

struct Answer {
  int status = 0;  // 0: none came
  std::string head;
  Json body;

  // The value of a header; absent: "".
  std::string header(const std::string& name) const {
    const auto at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const auto from = at + name.size() + 4;
    return head.substr(from, head.find("\r\n", from) - from);
  }
  bool problem(int expected_status, const std::string& code) const {
    return status == expected_status && body.is_object() && body.value("code", "") == code;
  }
  // A validation problem that points there.
  bool points_at(const std::string& pointer) const {
    if (!problem(422, "validation")) return false;
    for (const auto& error : body["errors"]) {
      if (error["pointer"] == pointer) return true;
    }
    return false;
  }
};

class ApiHouse {
 public:
  ApiHouse() {
    settings.device_token_secret = key;
    settings.environment = "development";
    REQUIRE(pg::eventually([this] { return database.connected(); }));
  }
  ~ApiHouse() {
    database.stop();
    services.directory = nullptr;
    stage.end(devices);
  }

  Answer ask(const std::string& method, const std::string& target, const std::string& authorization = {},
             const std::string& body = {}) {
    const auto split = http::split_target(target);
    REQUIRE(split);
    const auto path = http::decode_path(split->path);
    REQUIRE(path);
    auto matched = http::match(http::api_routes, method, *path);
    REQUIRE(matched.route);
    auto query = http::read_query(split->query, *matched.route);
    REQUIRE(query);
    http::Request asked;
    asked.method = matched.route->method;
    asked.path = matched.path;
    asked.params = matched.params;
    asked.query = query->query;
    asked.query_errors = query->errors;
    asked.authorization = authorization;
    asked.content_type = "application/json";
    asked.body = body;
    asked.request_id = "the-request";
    asked.route = matched.route;
    const http::Reply reply(std::make_shared<http::Exchange>(http::AnswerForm{asked.request_id, {}, false, false}, 1, 1,
                                                             mailbox, http_metrics));
    const auto place = desk.enter();
    REQUIRE(place);
    begin_request(stage.system,
                  std::make_shared<RequestConfig>(RequestConfig{std::move(asked), reply, *place, &services}),
                  RequestDesk::Moment::max());
    Answer answer;
    REQUIRE(pg::eventually([&] { return take(answer); }));
    CHECK(desk.at_work() == 0);
    return answer;
  }

  std::string person(Role role) const {
    return "Bearer " + access_tokens.sign({Uuid::v7(), role, "", clock, clock + std::chrono::hours{1}});
  }
  std::string admin() const { return person(Role::admin); }
  static std::string token(const Uuid& device_id, std::uint32_t generation = 1) {
    return "Bearer " + make_device_token(key, {device_id, generation});
  }
  // A device as it registers by itself.
  Uuid register_device() {
    const auto id = Uuid::v7();
    REQUIRE(ask("POST", "/devices/register", {}, dump_json({{"device_id", id.str()}, {"firmware_version", "1.4.0"}}))
                .status == 201);
    return id;
  }
  void sql(const std::string& text) const { pg::run_sql(conninfo, text); }

  static inline const std::string key = std::string(32, 'k');
  const std::string conninfo = migrated();
  bus::NatsServer server;
  Timestamp clock = noon;
  Stage stage;
  Settings settings;
  Readiness readiness;
  bus::Process nats{server};
  pg::Client database{{.conninfo = conninfo, .name = "test"}, {}, stage.metrics};

 private:
  static std::string migrated() {
    static int number = 0;
    return pg::migrated_database("api_" + std::to_string(++number));
  }
  bool take(Answer& answer) {
    stage.run();
    std::vector<http::Mail> mail;
    mailbox->take(mail);
    if (mail.empty()) return false;
    REQUIRE(mail.size() == 1);
    const auto& outgoing = std::get<http::Answered>(mail[0]).outgoing;
    const auto text = outgoing.head + outgoing.body;
    const auto end = text.find("\r\n\r\n");
    REQUIRE(end != std::string::npos);
    answer = {outgoing.status, text.substr(0, end + 2), Json::parse(text.substr(end + 4), nullptr, false)};
    return true;
  }

  AccessTokens access_tokens{key, "issuer", "epicura"};
  TokenGenerations generations;
  RequestDesk desk{4, stage.metrics};
  directory_actor devices = stage.system.spawn(
      directory, DirectoryConfig{[](const Uuid&, const pg::Callback&) {}, std::chrono::hours{1}, &stage.metrics});
  std::shared_ptr<http::Mailbox> mailbox = std::make_shared<http::Mailbox>();
  std::shared_ptr<http::HttpMetrics> http_metrics = std::make_shared<http::HttpMetrics>(stage.metrics, "test");
  Services services{settings,   readiness,     stage.metrics, database, database,
                    nats.store, access_tokens, generations,   desk,     [this] { return clock; },
                    devices};
};

}  // namespace epicura::tests
