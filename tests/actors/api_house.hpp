#pragma once
// The API's requests with a real PostgreSQL and a real nats-server: a target as the client writes it goes through the
// route table into a request actor, whose turns and clock are the test's.

#include <doctest/doctest.h>

#include "actors/directory.hpp"
#include "actors/mail/mailer.hpp"
#include "actors/request.hpp"
#include "http/target.hpp"
#include "schema/bounded_json.hpp"
#include "tests/actors/stage.hpp"
#include "tests/bus/bus_fixture.hpp"
#include "tests/http/strict_schemas.hpp"
#include "tests/pg/migrated.hpp"
#include "tests/stack/server_process.hpp"

namespace epicura::tests {

inline const Timestamp noon = *parse_rfc3339("2026-11-20T12:00:00Z");

struct Answer {
  int status = 0;  // 0: none came
  std::string head;
  Json body;
  std::string text;  // of the body

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

// 0: off.
struct QuotaSettings {
  std::int64_t user = 0;
  std::int64_t auth = 0;
  std::int64_t failed_log_ins = 0;
  std::int64_t readings = 0;  // of a device, a second
};

class ApiHouse {
 public:
  explicit ApiHouse(const QuotaSettings& given = {}) : settings(with(given, media_directory / "media")) {
    settings.device_token_secret = key;
    settings.environment = "development";
    settings.mqtt_host = "127.0.0.1";
    settings.mqtt_port = 1883;
    settings.request_deadline_ms = 10'000;
    settings.access_token_ttl_s = 900;
    settings.refresh_idle_ttl_s = 30 * 86'400;
    settings.refresh_ttl_s = 90 * 86'400;
    revocations.loaded();
    REQUIRE(pg::eventually([this] { return database.connected(); }));
  }
  ~ApiHouse() {
    passwords.stop();
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
    http::Request asked = usual;
    asked.method = matched.route->method;
    asked.path = matched.path;
    asked.params = matched.params;
    asked.query = query->query;
    asked.query_errors = query->errors;
    asked.authorization = authorization;
    asked.content_type = content_type;
    asked.body = body;
    asked.request_id = request_id;
    asked.peer_address = peer;
    asked.received = std::chrono::steady_clock::now();
    asked.route = matched.route;
    auto answer = serve(std::move(asked));
    if (answer.header("Content-Type").find("json") != std::string::npos || answer.text.empty())
      http::test::fits(*matched.route, answer.status, answer.text);
    return answer;
  }
  // One whose route need not be in the table.
  Answer serve(http::Request asked) {
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
  std::string admin_with_code() const {
    return sign({Uuid::v7(), Role::admin, "", clock, clock + std::chrono::hours{1}, {}, {}, true});
  }
  std::string sign(const AccessToken& token) const { return "Bearer " + access_tokens.sign(token); }
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

  static inline const std::string request_id = "0198c0de-0000-7000-8000-0123456789ab";
  static inline const std::string key = std::string(32, 'k');
  const std::string conninfo = migrated();
  bus::NatsServer server;
  Timestamp clock = noon;
  std::string content_type = "application/json";
  Stage stage;
  const OwnDirectory media_directory{"/tmp/epicura-media-XXXXXX"};
  Settings settings;
  Readiness readiness;
  bus::Process nats{server};
  pg::Client database{{.conninfo = conninfo, .name = "test"}, {}, stage.metrics};
  Revocations::Moment moment{};
  Revocations revocations{std::chrono::hours{1}, [this] { return moment; }};
  std::atomic<int> jobs_made{0};
  const MailLinks mail_links{{std::string(32, 'l'), {}}};
  const SealedBox sealed_box{{std::string(32, 'm'), {}}};
  const RecoveryCodes recovery_codes{{std::string(32, 'm'), {}}};
  const ApiKeys api_keys{{std::string(32, 'a'), {}}};
  Media media{settings};
  Mailer mailer{settings, stage.metrics};
  std::vector<Uuid> revoked;       // what the other nodes were told
  std::string peer = "192.0.2.1";  // from where it is asked
  http::Request usual;             // the header fields of what is asked

  AdminReads admin_reads;
  Quotas quotas{settings, stage.metrics, [this] { return moment; }};

 private:
  static Settings with(const QuotaSettings& given, const std::string& media_dir) {
    Settings out;
    out.quota_user_per_min = given.user;
    out.quota_auth_per_min = given.auth;
    out.quota_failed_log_ins = given.failed_log_ins;
    out.quota_readings_per_s = given.readings;
    out.jwt_refresh_secret = std::string(32, 'r');
    out.upload_secret = std::string(32, 'u');
    out.public_url = "https://api.example.org";
    out.media_dir = media_dir;
    out.mail_dir = media_dir + "/mail";
    out.mail_from = "Epicura <no-reply@example.org>";
    return out;
  }
  static std::string migrated() {
    static int number = 0;
    return pg::migrated_database("api_" + std::to_string(++number));
  }
  bool take(Answer& answer) {
    stage.advance(Millis{5});
    std::vector<http::Mail> mail;
    mailbox->take(mail);
    if (mail.empty()) return false;
    REQUIRE(mail.size() == 1);
    const auto& outgoing = std::get<http::Answered>(mail[0]).outgoing;
    const auto text = outgoing.head + outgoing.body;
    const auto end = text.find("\r\n\r\n");
    REQUIRE(end != std::string::npos);
    answer = {outgoing.status, text.substr(0, end + 2), Json::parse(text.substr(end + 4), nullptr, false),
              text.substr(end + 4)};
    return true;
  }

  AccessTokens access_tokens{{key}, "issuer", "epicura"};
  RefreshTokens refresh_tokens{std::string(32, 'r')};
  PasswordPool passwords{1, stage.metrics};
  TokenGenerations generations;
  RequestDesk desk{4, stage.metrics};
  directory_actor devices = stage.system.spawn(
      directory, DirectoryConfig{[](const Uuid&, const pg::Callback&) {}, std::chrono::hours{1}, &stage.metrics});
  std::shared_ptr<http::Mailbox> mailbox = std::make_shared<http::Mailbox>();
  std::shared_ptr<http::HttpMetrics> http_metrics = std::make_shared<http::HttpMetrics>(stage.metrics, "test");
  Services services{settings,
                    readiness,
                    stage.metrics,
                    database,
                    database,
                    nats.store,
                    access_tokens,
                    refresh_tokens,
                    mail_links,
                    sealed_box,
                    recovery_codes,
                    api_keys,
                    revocations,
                    [this](const std::vector<Uuid>& families) {
                      revoked.insert(revoked.end(), families.begin(), families.end());
                      revocations.end(families);
                    },
                    passwords,
                    [this] { ++jobs_made; },
                    generations,
                    quotas,
                    admin_reads,
                    desk,
                    [this] { return clock; },
                    devices,
                    media};
};

}  // namespace epicura::tests
