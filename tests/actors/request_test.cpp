#include "tests/actors/request_house.hpp"

using namespace epicura;
using namespace epicura::tests;

TEST_CASE("first who asks, then whether they may, then whether it is there, then what they said") {
  RequestHouse house;
  const auto path = "/devices/" + house.device.str();
  CHECK(house.ask("GET", path) == 401);
  CHECK(house.text.find("WWW-Authenticate") != std::string::npos);
  CHECK(house.ask("GET", path, "Bearer nonsense") == 401);
  CHECK(house.ask("GET", path, "Basic " + house.admin()) == 401);
  CHECK(house.ask("GET", path, house.person(Role::user)) == 503);  // whether it is theirs PostgreSQL has to say
  CHECK(house.ask("GET", "/devices/" + Uuid::v7().str(), house.pot()) == 404);  // another's: like an absent one
  CHECK(house.ask("GET", "/devices/no-uuid", house.admin()) == 404);
  CHECK(house.ask("POST", path + "/telemetry", house.admin(), "{}") == 403);
  CHECK(house.ask("POST", "/devices/" + Uuid::v7().str() + "/telemetry", house.pot(), "{}") == 404);
  CHECK(house.ask("POST", path + "/telemetry", house.pot(), "{}") == 422);
  CHECK(house.text.find("/readings") != std::string::npos);
  CHECK(house.ask("GET", "/health") == 200);
  CHECK(house.desk.at_work() == 0);
}

TEST_CASE("without PostgreSQL what needs it is 503 with Retry-After; a device's token counts by its proof") {
  RequestHouse house;
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
  RequestHouse house;
  house.generations.note(house.device, 2, RequestHouse::noon);
  const auto path = "/devices/" + house.device.str() + "/telemetry";
  CHECK(house.ask("POST", path, house.pot(1), "{}") == 401);
  CHECK(house.ask("POST", path, house.pot(2), "{}") == 422);
}

TEST_CASE("without PostgreSQL a generation that was read long ago still counts") {
  RequestHouse house;
  house.generations.note(house.device, 2, RequestHouse::noon - 10 * TokenGenerations::fresh_for);
  const auto path = "/devices/" + house.device.str() + "/telemetry";
  CHECK(house.ask("POST", path, house.pot(1), "{}") == 401);
  CHECK(house.ask("POST", path, house.pot(2), "{}") == 422);
}

TEST_CASE("while the durable queue is nearly full, readings over HTTP are 503") {
  RequestHouse house;
  house.readiness.nats = house.readiness.streams = true;
  house.readiness.backlog = 0.8;
  const std::string body = R"({"readings":[{"metric":"t","value":1,"ts":"2026-11-20T12:00:00Z"}]})";
  CHECK(house.ask("POST", "/devices/" + house.device.str() + "/telemetry", house.pot(), body) == 503);
  CHECK(house.text.find("storage_full") != std::string::npos);
}

TEST_CASE("registration is closed outside development, and names what is wrong with a body") {
  RequestHouse house;
  const std::string body = R"({"device_id":"0198c0de-0000-7000-8000-00000000abcd","firmware_version":"1"})";
  house.settings.environment = "production";
  CHECK(house.ask("POST", "/devices/register", {}, body) == 403);
  CHECK(house.text.find("registration_closed") != std::string::npos);
  CHECK(house.ask("POST", "/devices/register", {}, R"({"device_id":"x"})") == 422);
  CHECK(house.text.find("/device_id") != std::string::npos);
  CHECK(house.text.find("/firmware_version") != std::string::npos);
}

TEST_CASE("a request whose time is over is answered 504, once, and leaves its place") {
  RequestHouse house;
  house.serve(house.make(http::operations_routes, "GET", "/twins/" + Uuid::v7().str()));
  CHECK(house.status() == 0);  // it waits for what PostgreSQL knows
  CHECK(house.desk.at_work() == 1);
  CHECK(house.desk.metrics().of(http::Operation::get_twin).in_flight.Value() == 1);
  house.desk.sweep(RequestHouse::began + std::chrono::milliseconds{9'999});
  CHECK(house.status() == 0);
  house.desk.sweep(RequestHouse::began + std::chrono::seconds{10});
  CHECK(house.status() == 504);
  CHECK(house.desk.at_work() == 0);
  CHECK(house.counted("epicura_requests_timed_out_total", "getTwin") == 1);
  CHECK(house.desk.metrics().of(http::Operation::get_twin).in_flight.Value() == 0);
  REQUIRE(house.loads.size() == 1);
  house.loads[0](failed(pg::Failure::away));  // too late: nobody waits any more
  CHECK(house.status() == 0);
}

TEST_CASE("a request whose client has gone is not begun") {
  RequestHouse house;
  house.serve(house.make(http::operations_routes, "GET", "/twins/" + Uuid::v7().str())).lock()->client_left();
  CHECK(house.status() == 0);
  CHECK(house.loads.empty());
  CHECK(house.desk.at_work() == 0);
  CHECK(house.counted("epicura_requests_cancelled_total", "getTwin") == 1);
}

TEST_CASE("a request whose client goes meanwhile lets go of what is under way, and answers nobody") {
  RequestHouse house;
  const auto exchange = house.serve(house.make(http::operations_routes, "GET", "/twins/" + Uuid::v7().str()));
  CHECK(house.status() == 0);
  REQUIRE(house.loads.size() == 1);
  exchange.lock()->client_left();
  CHECK(house.status() == 0);
  CHECK(house.desk.at_work() == 0);
  CHECK(house.counted("epicura_requests_cancelled_total", "getTwin") == 1);
  CHECK(exchange.expired());
  house.desk.sweep(RequestDesk::Moment::max());
  house.loads[0](failed(pg::Failure::away));
  CHECK(house.status() == 0);
  CHECK(house.counted("epicura_requests_timed_out_total", "getTwin") == 0);
}

TEST_CASE("a client that goes after its request has ended is no concern of who has the place now") {
  RequestHouse house;
  const auto twin = [&] { return house.make(http::operations_routes, "GET", "/twins/" + Uuid::v7().str()); };
  const auto first = house.serve(twin()).lock();
  house.stage.run();
  house.desk.sweep(RequestDesk::Moment::max());
  CHECK(house.status() == 504);
  house.serve(twin());
  CHECK(house.status() == 0);
  first->client_left();
  CHECK(house.status() == 0);
  CHECK(house.desk.at_work() == 1);
  CHECK(house.counted("epicura_requests_cancelled_total", "getTwin") == 0);
  house.desk.sweep(RequestDesk::Moment::max());
  CHECK(house.status() == 504);
}

TEST_CASE("more requests than there are places are 503 with Retry-After, and counted; the others are served") {
  RequestHouse house;
  for (int i = 0; i < 4; ++i) house.serve(house.make(http::operations_routes, "GET", "/twins/" + Uuid::v7().str()));
  CHECK(house.status() == 0);
  CHECK(house.ask("GET", "/health") == 503);
  CHECK(house.text.find("\"code\":\"overloaded\"") != std::string::npos);
  CHECK(house.text.find("Retry-After: ") != std::string::npos);
  CHECK(house.text.find("X-Request-Id: 0198c0de-0000-7000-8000-0123456789ab") != std::string::npos);
  CHECK(house.text.find("\"instance\":\"0198c0de-0000-7000-8000-0123456789ab\"") != std::string::npos);
  CHECK(house.counted("epicura_requests_refused_total", "getHealth") == 1);
  CHECK(house.desk.at_work() == 4);
  std::vector<http::Mail> mail;
  house.desk.sweep(RequestDesk::Moment::max());
  house.stage.run();
  house.mailbox->take(mail);
  CHECK(mail.size() == 4);
  CHECK(house.ask("GET", "/health") == 200);
}

TEST_CASE("a request actor that dies leaves a 500, not silence") {
  RequestHouse house;
  const auto ticket = house.desk.enter();
  http::Reply reply(std::make_shared<http::Exchange>(http::AnswerForm{}, 1, 1, house.mailbox, house.http_metrics));
  auto actor = begin_request(
      house.stage.system,
      std::make_shared<RequestConfig>(RequestConfig{
          house.make(http::operations_routes, "GET", "/twins/" + Uuid::v7().str()), reply, *ticket, &house.services}),
      RequestDesk::Moment::max());
  house.stage.run();
  caf::anon_send_exit(actor, caf::exit_reason::kill);
  actor = nullptr;
  house.stage.run();
  CHECK(house.desk.at_work() == 0);
  CHECK(house.status() == 0);
  reply = http::Reply();  // the last handle
  CHECK(house.status() == 500);
}

TEST_CASE("the desk has a bound") {
  observe::Metrics metrics;
  RequestDesk desk(2, metrics);
  const auto first = desk.enter();
  CHECK(first);
  CHECK(desk.enter());
  CHECK_FALSE(desk.enter());
  desk.leave(*first);
  CHECK(desk.enter());
}
