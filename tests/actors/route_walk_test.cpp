// Every route of the table, under each of its spellings, against the whole program: who may, what comes in, what goes
// out. Every answer is held against the schema that the table declares for it, with no field beside those.

#include <doctest/doctest.h>

#include <fstream>
#include <set>

#include <nlohmann/json.hpp>

#include "http/route_table.hpp"
#include "http/schemas.hpp"
#include "http/web_files.hpp"
#include "schema/uuid.hpp"
#include "tests/http/raw_client.hpp"
#include "tests/http/strict_schemas.hpp"
#include "tests/pg/private_postgres.hpp"
#include "tests/pg/session.hpp"
#include "tests/stack/stack.hpp"

using namespace epicura;
using http::Access;
using http::Route;
using http::test::Answer;
using http::test::fits;
using http::test::RawClient;
using Json = nlohmann::json;

namespace {

// What every problem document has to be, and has to come with.
void is_problem(const Answer& answer) {
  CHECK(answer.field("Content-Type") == "application/problem+json");
  fits("Problem", answer.body);
  const auto problem = Json::parse(answer.body);
  CHECK(problem.at("status") == answer.status);
  CHECK(problem.at("instance") == answer.field("X-Request-Id"));
  if (answer.status == 401) CHECK(answer.field("WWW-Authenticate").starts_with("Bearer"));
  if (answer.status == 503) CHECK_FALSE(answer.field("Retry-After").empty());
}

std::uint16_t port_of(const std::string& url) {
  return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

class Walker {
 public:
  Walker() {
    const auto device = ask(api_port, "POST", "/devices/register", {}, registration(id));
    REQUIRE(device.status == 201);
    device_token = Json::parse(device.body).at("device_token");
  }

  static std::string registration(const std::string& device_id) {
    return Json{{"device_id", device_id}, {"firmware_version", "1.0"}}.dump();
  }

  Answer ask(std::uint16_t port, const std::string& method, const std::string& target, const std::string& token,
             const std::string& body = {}, const std::string& more = {}) const {
    RawClient client(port);
    std::string head = method + " " + target + " HTTP/1.1\r\nHost: t\r\n" + more;
    if (!token.empty()) head += "Authorization: Bearer " + token + "\r\n";
    if (!body.empty()) head += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    client.send(head + "\r\n" + body);
    const auto answer = client.answer(std::chrono::seconds{10}, method == "HEAD");
    REQUIRE_MESSAGE(answer, method, " ", target);
    CHECK(Uuid::parse(answer->field("X-Request-Id")));
    return *answer;
  }

  // The path with its parameters filled in.
  std::string path(const Route& route) const {
    std::string text(route.path);
    for (const auto& parameter : route.in_path) {
      const auto brace = "{" + std::string(parameter.name) + "}";
      text.replace(text.find(brace), brace.size(), value_of(route, parameter));
    }
    return text;
  }
  std::string value_of(const Route& route, const http::Parameter& parameter) const {
    if (parameter.name == "id") return id_for(route);
    return route.operation == http::Operation::get_media ? avatar() : std::string(parameter.example);
  }
  // The file of somebody's avatar.
  std::string avatar() const {
    std::string name = Uuid::v7().str() + ".jpg";
    std::erase(name, '-');
    const auto place = stack.run_dir() / "media/public";
    std::filesystem::create_directories(place);
    std::ofstream(place / name) << "a picture";
    const auto user = sign_up().at("user").at("id").get<std::string>();
    sql("update users set avatar_file = '" + name + "' where id = '" + user + "'");
    return name;
  }
  // Of something that is there, and that the route can be used on once.
  std::string id_for(const Route& route) const {
    const auto made = Uuid::v7().str();
    switch (route.operation) {
      case http::Operation::administer_user:
      case http::Operation::end_user_sessions:
        return sign_up().at("user").at("id");
      case http::Operation::retry_job:
        sql("insert into jobs (id, kind, state) values ('" + made + "', 'walk', 'failed')");
        return made;
      case http::Operation::replay_dead_letter:
        sql("insert into dead_letters (id, at, source, origin, code, detail, size, payload) values ('" + made +
            "', now(), 'http', 'epicura." + id + ".telemetry', 'bad_time', '', 2, '[]')");
        return made;
      default:
        return id;
    }
  }
  void sql(const std::string& text) const { pg::Session(stack.env("DATABASE_URL")).ask(text); }
  // One who has just proved the password.
  std::string fresh_admin() const {
    const auto email = sign_up().at("user").at("email").get<std::string>();
    sql("update users set role = 'admin' where email = '" + email + "'");
    const auto answer =
        ask(api_port, "POST", "/auth/login", {}, Json{{"email", email}, {"password", "a password of the walk"}}.dump());
    REQUIRE(answer.status == 200);
    return Json::parse(answer.body).at("access_token");
  }
  std::string token(const Route& route) const {
    if (route.access == Access::admin && route.fresh) return fresh_admin();
    if (route.access == Access::anyone) return {};
    if (route.access == Access::person) {
      const auto person = sign_up();
      const auto user = person.at("user").at("id").get<std::string>();
      pg::run_sql(stack.env("DATABASE_URL"), "update users set email_verified = true where id = '" + user + "'");
      return person.at("access_token");
    }
    return route.access == Access::device ? device_token : admin_token;
  }
  // A person nobody has met yet.
  Json sign_up() const {
    const auto answer = ask(api_port, "POST", "/auth/register", {}, credentials());
    REQUIRE(answer.status == 201);
    return Json::parse(answer.body);
  }
  static std::string credentials() {
    return Json{{"email", Uuid::v7().str() + "@example.org"}, {"password", "a password of the walk"}}.dump();
  }
  // One that has not been sent before, where that matters.
  std::string body(const Route& route) const {
    if (route.body.empty()) return {};
    switch (route.operation) {
      case http::Operation::register_user:
        return credentials();
      case http::Operation::log_in:
      case http::Operation::restore_user:
        return Json{{"email", sign_up().at("user").at("email")}, {"password", "a password of the walk"}}.dump();
      case http::Operation::refresh:
      case http::Operation::log_out:
        return Json{{"refresh_token", sign_up().at("refresh_token")}}.dump();
      case http::Operation::reauthenticate:
        return Json{{"password", "a password of the walk"}}.dump();
      case http::Operation::set_mfa:
        return "{}";
      default:
        break;
    }
    if (route.operation == http::Operation::register_device) return registration(Uuid::v7().str());
    return http::api_schemas().all().at(std::string(route.body)).at("examples").at(0).dump();
  }

  tests::Stack stack;
  std::uint16_t api_port = port_of(stack.env("EPICURA_URL"));
  std::uint16_t operations_port = port_of(stack.env("EPICURA_OPS_URL"));
  std::string admin_token = stack.env("EPICURA_ADMIN_TOKEN");
  std::string id = Uuid::v7().str();
  std::string device_token;
};

// What asks for more than one request can have, a link of a mail or the like; tests of these routes give it.
std::string_view code_without_more(http::Operation operation) {
  switch (operation) {
    case http::Operation::finish_log_in:
      return "session_ended";
    case http::Operation::reset_password:
    case http::Operation::verify_email:
      return "link_not_valid";
    case http::Operation::put_upload:
      return "upload_not_valid";
    case http::Operation::confirm_avatar:
    case http::Operation::end_auth_session:
    case http::Operation::revoke_api_key:
      return "not_found";
    default:
      return {};
  }
}

bool takes_empty_object(http::Operation operation) {
  return operation == http::Operation::log_out || operation == http::Operation::set_mfa ||
         operation == http::Operation::verify_email;
}

void succeeds(const Route& route, const Answer& answer) {
  if (const auto code = code_without_more(route.operation); !code.empty()) {
    is_problem(answer);
    CHECK(Json::parse(answer.body).at("code") == code);
    return;
  }
  for (const auto& success : route.success) {
    if (success.status != answer.status) continue;
    if (success.content_type != "*/*") CHECK(answer.field("Content-Type").starts_with(success.content_type));
    if (!success.schema.empty()) fits(success.schema, answer.body);
    return;
  }
  FAIL_CHECK(route.name, " answered ", answer.status, " ", answer.body);
}

// One spelling of one route.
void walk(const Walker& walker, std::uint16_t port, http::RouteTable table, const Route& route,
          const std::string& target) {
  CAPTURE(target);
  const std::string method(name(route.method));
  const auto token = [&] { return walker.token(route); };  // anew each time: some routes end it
  succeeds(route, walker.ask(port, method, target, token(), walker.body(route)));

  if (route.access != Access::anyone) {
    for (const std::string bad : {"", "nonsense", "a.b.c"}) {
      const auto answer = walker.ask(port, method, target, bad, walker.body(route));
      CHECK(answer.status == 401);
      is_problem(answer);
    }
  }
  if (route.method == http::Method::get) {
    const auto head = walker.ask(port, "HEAD", target, token());
    CHECK(head.status == 200);
    CHECK_FALSE(head.field("Content-Length").empty());
  }
  const auto unknown = walker.ask(port, method, target + "?kettle=1", token(), walker.body(route));
  CHECK(unknown.status == 422);
  is_problem(unknown);
  CHECK(unknown.body.find("/query/kettle") != std::string::npos);
  for (const auto& parameter : route.query) CHECK(unknown.body.find(parameter.name) != std::string::npos);
  if (!route.body.empty()) {
    for (const std::string bad : {"{}", "[]", "{", "7"}) {
      if (bad == "{}" && takes_empty_object(route.operation)) continue;
      const auto answer = walker.ask(port, method, target, token(), bad);
      CHECK(answer.status == 422);
      is_problem(answer);
      CHECK(Json::parse(answer.body).at("errors").size() >= 1);
    }
  }

  std::set<std::string> legal{"OPTIONS"};
  for (const Route& other : table) {
    if (other.path != route.path) continue;
    legal.emplace(name(other.method));
    if (other.method == http::Method::get) legal.insert("HEAD");
  }
  for (const std::string other : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    if (legal.count(other) != 0 && other != "OPTIONS") continue;
    const auto answer = walker.ask(port, other, target, token());
    CHECK_MESSAGE(answer.status == (other == "OPTIONS" ? 204 : 405), other);
    std::set<std::string> allowed;
    std::stringstream list(answer.field("Allow"));
    for (std::string one; std::getline(list >> std::ws, one, ',');) allowed.insert(one);
    CHECK_MESSAGE(allowed == legal, other);
  }
}

// A parameter of a wrong type is 422 once the caller is known, and before that 401.
void wrong_parameters(const Walker& walker) {
  const auto target = "/api/devices/" + walker.id + "/telemetry?limit=0&from=noon&metric=a%20b&cursor=x";
  CHECK(walker.ask(walker.api_port, "GET", target, {}).status == 401);
  const auto answer = walker.ask(walker.api_port, "GET", target, walker.admin_token);
  CHECK(answer.status == 422);
  is_problem(answer);
  CHECK(Json::parse(answer.body).at("errors").size() == 3);
  for (const char* id : {"x", "0198c0de", "%00", "0198c0de-0000-7000-8000-00000000abcd"}) {
    const auto absent = walker.ask(walker.api_port, "GET", std::string("/devices/") + id, walker.admin_token);
    CHECK_MESSAGE(absent.status == (id[0] == '%' ? 400 : 404), id);
    is_problem(absent);
  }
}

// What devices send may have fields that nobody knows, and may say appliance.
void devices_fields(const Walker& walker) {
  const auto body = Json{{"appliance_id", Uuid::v7().str()}, {"firmware_version", "1"}, {"color", "red"}}.dump();
  CHECK(walker.ask(walker.api_port, "POST", "/appliances/register", {}, body).status == 201);
}

// The document and the page are served with tags, and told apart from what is not there.
void documents(const Walker& walker) {
  for (const std::string target : {"/openapi.json", "/docs", "/docs/page.js"}) {
    const auto first = walker.ask(walker.api_port, "GET", target, {});
    if (target == "/docs" && !http::has_swagger_ui()) {
      CHECK(first.status == 404);
      is_problem(first);
      continue;
    }
    REQUIRE(first.status == 200);
    CHECK(first.field("X-Content-Type-Options") == "nosniff");
    const auto tag = first.field("ETag");
    CHECK(tag.starts_with('"'));
    CHECK(walker.ask(walker.api_port, "GET", target, {}).field("ETag") == tag);
    const auto second = walker.ask(walker.api_port, "GET", target, {}, {}, "If-None-Match: \"x\", " + tag + "\r\n");
    CHECK(second.status == 304);
    CHECK(second.field("ETag") == tag);
    CHECK(second.field("Cache-Control") == first.field("Cache-Control"));
    CHECK(second.body.empty());
    const auto small = walker.ask(walker.api_port, "GET", target, {}, {}, "Accept-Encoding: gzip\r\n");
    CHECK(small.status == 200);
    CHECK(small.field("Content-Encoding") == "gzip");
    CHECK(small.field("ETag") == "W/" + tag);  // other bytes than those of the strong tag
    const auto small_again =
        walker.ask(walker.api_port, "GET", target, {}, {}, "Accept-Encoding: gzip\r\nIf-None-Match: W/" + tag + "\r\n");
    CHECK(small_again.status == 304);
    CHECK(small_again.field("ETag") == "W/" + tag);
    for (const auto* answer : {&first, &second, &small, &small_again})
      CHECK(answer->field("Vary") == "Accept-Encoding");
    if (first.body.size() > 1024) CHECK(small.body.size() < first.body.size());
  }
  if (http::has_swagger_ui()) {
    const auto policy = walker.ask(walker.api_port, "GET", "/docs", {}).field("Content-Security-Policy");
    CHECK(policy.find("default-src 'none'") != std::string::npos);
    CHECK(policy.find("script-src 'self';") != std::string::npos);
  }
  CHECK(Json::parse(walker.ask(walker.api_port, "GET", "/openapi.json", {}).body).at("openapi") == "3.1.0");
  for (const std::string target : {"/docs/other.js", "/docs/package.json", "/docs/..%2fx"})
    is_problem(walker.ask(walker.api_port, "GET", target, {}));
}

}  // namespace

TEST_CASE("every route, under each of its spellings") {
  const Walker walker;
  for (const Route& route : http::api_routes) {
    for (const std::string prefix : {"/api/v1", "/api", ""}) {
      const auto path = walker.path(route);
      if (path.starts_with("/docs") && !http::has_swagger_ui()) continue;  // built without npm
      walk(walker, walker.api_port, http::api_routes, route, prefix + path);
      if (path.starts_with("/devices"))
        walk(walker, walker.api_port, http::api_routes, route, prefix + "/appliances" + path.substr(8));
    }
  }
  for (const Route& route : http::operations_routes)
    walk(walker, walker.operations_port, http::operations_routes, route, walker.path(route));
  wrong_parameters(walker);
  devices_fields(walker);
  documents(walker);
}
