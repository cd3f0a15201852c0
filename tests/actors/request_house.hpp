#pragma once
// Request actors whose PostgreSQL is away, and whose NATS is away or the test's own: what a request does then, and
// before it needs them. Turns and times are the test's.

#include <doctest/doctest.h>

#include "actors/directory.hpp"
#include "actors/request.hpp"
#include "tests/actors/rows.hpp"
#include "tests/actors/stage.hpp"

namespace epicura::tests {

struct RequestHouse {
  static inline const std::string key = std::string(32, 'k');
  static inline const Timestamp noon = *parse_rfc3339("2026-11-20T12:00:00Z");
  static inline const RequestDesk::Moment began{};  // when every request comes in

  Stage stage;
  Settings settings;
  Readiness readiness;
  AccessTokens access_tokens{{key}, "issuer", "epicura"};
  RefreshTokens refresh_tokens{std::string(32, 'r')};
  MailLinks mail_links{{std::string(32, 'l'), {}}};
  SealedBox sealed_box{{std::string(32, 'm'), {}}};
  RecoveryCodes recovery_codes{{std::string(32, 'm'), {}}};
  ApiKeys api_keys{{std::string(32, 'a'), {}}};
  Media media{settings};
  Revocations revocations{std::chrono::hours{1}};
  PasswordPool passwords{1, stage.metrics};
  TokenGenerations generations;
  Quotas quotas{settings, stage.metrics};
  AdminReads admin_reads;
  RequestDesk desk{4, stage.metrics};
  bus::Connection nats;
  bus::Store store{nats, {}, stage.metrics};
  pg::Client database{{.conninfo = "host=127.0.0.1 port=1", .name = "test"}, {}, stage.metrics};
  directory_actor devices = stage.system.spawn(
      directory, DirectoryConfig{[this](const Uuid&, pg::Callback done) { loads.push_back(std::move(done)); },
                                 std::chrono::hours{1}, &stage.metrics});
  std::vector<pg::Callback> loads;  // what the twins wait for
  std::shared_ptr<http::Mailbox> mailbox = std::make_shared<http::Mailbox>();
  std::shared_ptr<http::HttpMetrics> http_metrics = std::make_shared<http::HttpMetrics>(stage.metrics, "test");
  Services services{settings,
                    readiness,
                    stage.metrics,
                    database,
                    database,
                    store,
                    access_tokens,
                    refresh_tokens,
                    mail_links,
                    sealed_box,
                    recovery_codes,
                    api_keys,
                    revocations,
                    [](const std::vector<Uuid>&) {},
                    passwords,
                    [] {},
                    generations,
                    quotas,
                    admin_reads,
                    desk,
                    [] { return noon; },
                    devices,
                    media};
  const Uuid device = *Uuid::parse("0198c0de-0000-7000-8000-00000000abcd");

  explicit RequestHouse(const std::string& nats_url = "")
      : nats({nats_url.empty() ? "nats://127.0.0.1:1" : nats_url, "test", "_INBOX_epicura"}, {}, stage.metrics) {
    settings.device_token_secret = key;
    settings.environment = "development";
    settings.request_deadline_ms = 10'000;
    if (!nats_url.empty()) nats.start();
  }
  ~RequestHouse() {
    passwords.stop();
    database.stop();
    loads.clear();
    services.directory = nullptr;
    stage.end(devices);
  }

  std::string person(Role role) const {
    return "Bearer " + access_tokens.sign({Uuid::v7(), role, "", noon, noon + std::chrono::hours{1}});
  }
  std::string admin() const { return person(Role::admin); }
  std::string pot(std::uint32_t generation = 1) const {
    return "bearer " + make_device_token(key, {device, generation});
  }

  http::Request make(http::RouteTable table, const std::string& method, const std::string& path,
                     std::string authorization = {}, std::string body = {}) const {
    auto matched = http::match(table, method, path);
    REQUIRE(matched.route);
    http::Request asked;
    asked.method = matched.route->method;
    asked.path = matched.path;
    asked.params = matched.params;
    asked.authorization = std::move(authorization);
    asked.body = std::move(body);
    asked.request_id = "0198c0de-0000-7000-8000-0123456789ab";
    asked.received = began;
    asked.route = matched.route;
    return asked;
  }
  // Comes in as from the front end. Whoever answers it puts the answer into the mailbox.
  std::weak_ptr<http::Exchange> serve(http::Request asked) {
    http::AnswerForm form;
    form.request_id = asked.request_id;
    const auto exchange = std::make_shared<http::Exchange>(std::move(form), 1, 1, mailbox, http_metrics);
    serve_request(stage.system, services, nullptr, std::move(asked), http::Reply(exchange));
    return exchange;
  }
  // The one answer that has been given; 0: none yet.
  int status() {
    stage.run();
    std::vector<http::Mail> mail;
    mailbox->take(mail);
    if (mail.empty()) return 0;
    REQUIRE(mail.size() == 1);
    const auto& outgoing = std::get<http::Answered>(mail[0]).outgoing;
    text = outgoing.head + outgoing.body;
    return outgoing.status;
  }
  // PostgreSQL's client and NATS answer from their own threads.
  int await_status() {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    int answer = status();
    while (answer == 0 && std::chrono::steady_clock::now() < limit) {
      std::this_thread::yield();
      answer = status();
    }
    return answer;
  }
  int ask(const std::string& method, const std::string& path, std::string authorization = {}, std::string body = {}) {
    serve(make(http::api_routes, method, path, std::move(authorization), std::move(body)));
    return await_status();
  }
  double counted(const std::string& name, const std::string& operation) {
    return stage.counted(name, {{"operation", operation}});
  }
  std::string text;  // of the last answer
};

}  // namespace epicura::tests
