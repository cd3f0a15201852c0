#include "actors/request.hpp"

#include <doctest/doctest.h>

#include "actors/directory.hpp"
#include "tests/actors/rows.hpp"
#include "tests/actors/stage.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

const std::string key(32, 'k');
const Timestamp noon = *parse_rfc3339("2026-11-20T12:00:00Z");

pg::ClientSettings nowhere() {
  pg::ClientSettings out;
  out.conninfo = "host=127.0.0.1 port=1";
  out.name = "test";
  return out;
}

// A house whose PostgreSQL and NATS are away: what a request does then, and before it needs them.
struct House {
  Stage stage;
  Settings settings;
  Readiness readiness;
  AccessTokens access_tokens{key, "issuer", "epicura"};
  TokenGenerations generations;
  RequestDesk desk{4};
  bus::Connection nats{{"nats://127.0.0.1:1", "test", "_INBOX_test"}, {}, stage.metrics};
  bus::Store store{nats, {}, stage.metrics};
  pg::Client database{nowhere(), {}, stage.metrics};
  directory_actor devices = stage.system.spawn(
      directory, DirectoryConfig{[this](const Uuid&, pg::Callback done) { loads.push_back(std::move(done)); },
                                 std::chrono::hours{1}, &stage.metrics});
  std::vector<pg::Callback> loads;
  std::shared_ptr<http::Mailbox> mailbox = std::make_shared<http::Mailbox>();
  std::shared_ptr<http::HttpMetrics> http_metrics = std::make_shared<http::HttpMetrics>(stage.metrics, "test");
  Services services{settings,    readiness, stage.metrics,       database, database, store, access_tokens,
                    generations, desk,      [] { return noon; }, devices};
  const Uuid device = *Uuid::parse("0198c0de-0000-7000-8000-00000000abcd");

  House() {
    settings.device_token_secret = key;
    settings.environment = "development";
  }
  ~House() {
    database.stop();
    loads.clear();
    services.directory = nullptr;
    stage.end(devices);
  }

  std::string admin() const {
    return "Bearer " + access_tokens.sign({Uuid::v7(), Role::admin, "", noon, noon + std::chrono::hours{1}});
  }
  std::string person() const {
    return "Bearer " + access_tokens.sign({Uuid::v7(), Role::user, "", noon, noon + std::chrono::hours{1}});
  }
  std::string pot(std::uint32_t generation = 1) const {
    return "bearer " + make_device_token(key, {device, generation});
  }

  // Begins a request; whoever answers it puts the answer into the mailbox.
  request_actor begin(http::RouteTable table, const std::string& method, const std::string& path,
                      std::string authorization = {}, std::string body = {}) {
    auto matched = http::match(table, method, path);
    REQUIRE(matched.route);
    http::Request asked;
    asked.path = matched.path;
    asked.params = matched.params;
    asked.authorization = std::move(authorization);
    asked.body = std::move(body);
    asked.request_id = "the-request";
    asked.route = matched.route;
    const http::Reply reply(std::make_shared<http::Exchange>(http::AnswerForm{asked.request_id, {}, false, false}, 1, 1,
                                                             mailbox, http_metrics));
    const auto place = desk.enter();
    REQUIRE(place);
    auto actor = stage.system.spawn(request, RequestConfig{std::move(asked), reply, *place, &services});
    desk.seat(*place, actor, RequestDesk::Moment{} + std::chrono::seconds{10});
    stage.send(actor, start_atom_v);
    return actor;
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
  int ask(const std::string& method, const std::string& path, std::string authorization = {}, std::string body = {}) {
    begin(http::api_routes, method, path, std::move(authorization), std::move(body));
    // PostgreSQL's client says from its own thread that it is away.
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    int answer = status();
    while (answer == 0 && std::chrono::steady_clock::now() < limit) {
      std::this_thread::yield();
      answer = status();
    }
    return answer;
  }
  std::string text;  // of the last answer
};

}  // namespace

TEST_CASE("first who asks, then whether they may, then whether it is there, then what they said") {
  House house;
  const auto path = "/devices/" + house.device.str();
  CHECK(house.ask("GET", path) == 401);
  CHECK(house.text.find("WWW-Authenticate") != std::string::npos);
  CHECK(house.ask("GET", path, "Bearer nonsense") == 401);
  CHECK(house.ask("GET", path, "Basic " + house.admin()) == 401);
  CHECK(house.ask("GET", path, house.person()) == 404);  // not theirs: like an absent one
  CHECK(house.ask("GET", "/devices/no-uuid", house.admin()) == 404);
  CHECK(house.ask("POST", path + "/telemetry", house.admin(), "{}") == 403);
  CHECK(house.ask("POST", "/devices/" + Uuid::v7().str() + "/telemetry", house.pot(), "{}") == 404);
  CHECK(house.ask("POST", path + "/telemetry", house.pot(), "{}") == 422);
  CHECK(house.text.find("/readings") != std::string::npos);
  CHECK(house.ask("GET", "/health") == 200);
  CHECK(house.desk.at_work() == 0);
}

TEST_CASE("without PostgreSQL what needs it is 503 with Retry-After; a device's token counts by its proof") {
  House house;
  const auto path = "/devices/" + house.device.str();
  CHECK(house.ask("GET", path, house.admin()) == 503);
  CHECK(house.text.find("dependency_away") != std::string::npos);
  CHECK(house.text.find("Retry-After") != std::string::npos);
  const std::string body = R"({"readings":[{"metric":"t","value":1,"ts":"2026-11-20T12:00:00Z"}]})";
  CHECK(house.ask("POST", path + "/telemetry", house.pot(), body) == 503);  // known by its proof, and NATS is away
  CHECK(house.ask("POST", "/devices/register", {},
                  R"({"device_id":"0198c0de-0000-7000-8000-00000000abcd","firmware_version":"1"})") == 503);
}

TEST_CASE("a token of another generation than the known one is refused") {
  House house;
  house.generations.note(house.device, 2, noon);
  const auto path = "/devices/" + house.device.str() + "/telemetry";
  CHECK(house.ask("POST", path, house.pot(1), "{}") == 401);
  CHECK(house.ask("POST", path, house.pot(2), "{}") == 422);
}

TEST_CASE("while the durable queue is nearly full, readings over HTTP are 503") {
  House house;
  house.readiness.nats = house.readiness.streams = true;
  house.readiness.backlog = 0.8;
  const std::string body = R"({"readings":[{"metric":"t","value":1,"ts":"2026-11-20T12:00:00Z"}]})";
  CHECK(house.ask("POST", "/devices/" + house.device.str() + "/telemetry", house.pot(), body) == 503);
  CHECK(house.text.find("storage_full") != std::string::npos);
}

TEST_CASE("registration is closed outside development, and names what is wrong with a body") {
  House house;
  const std::string body = R"({"device_id":"0198c0de-0000-7000-8000-00000000abcd","firmware_version":"1"})";
  house.settings.environment = "production";
  CHECK(house.ask("POST", "/devices/register", {}, body) == 403);
  CHECK(house.text.find("registration_closed") != std::string::npos);
  CHECK(house.ask("POST", "/devices/register", {}, R"({"device_id":"x"})") == 422);
  CHECK(house.text.find("/device_id") != std::string::npos);
  CHECK(house.text.find("/firmware_version") != std::string::npos);
}

TEST_CASE("a request whose time is over is answered 504, once, and leaves its place") {
  House house;
  const auto id = Uuid::v7();
  house.begin(http::operations_routes, "GET", "/twins/" + id.str());
  CHECK(house.status() == 0);  // it waits for what PostgreSQL knows
  CHECK(house.desk.at_work() == 1);
  house.desk.sweep(RequestDesk::Moment{} + std::chrono::seconds{9});
  CHECK(house.status() == 0);
  house.desk.sweep(RequestDesk::Moment{} + std::chrono::seconds{10});
  CHECK(house.status() == 504);
  CHECK(house.desk.at_work() == 0);
  REQUIRE(house.loads.size() == 1);
  house.loads[0](failed(pg::Failure::away));  // too late: nobody waits any more
  CHECK(house.status() == 0);
}

TEST_CASE("a request actor that dies leaves a 500, not silence") {
  House house;
  auto actor = house.begin(http::operations_routes, "GET", "/twins/" + Uuid::v7().str());
  caf::anon_send_exit(actor, caf::exit_reason::kill);
  actor = nullptr;
  CHECK(house.status() == 500);
  CHECK(house.desk.at_work() == 0);
}

TEST_CASE("the desk has a bound") {
  RequestDesk desk(2);
  const auto first = desk.enter();
  CHECK(first);
  CHECK(desk.enter());
  CHECK_FALSE(desk.enter());
  desk.leave(*first);
  CHECK(desk.enter());
}
