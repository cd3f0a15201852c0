// Who may what: tests/security/rights.md, every line and cell of it, under each spelling of each path.

#include <set>

#include "http/schemas.hpp"
#include "http/web_files.hpp"
#include "tests/actors/accounts.hpp"
#include "tests/actors/rights_file.hpp"

using namespace epicura;
using namespace epicura::tests;
using http::Operation;
using http::Route;

namespace {

std::string title(const Route& route) {
  return std::string(http::name(route.method)) + " " + std::string(route.path);
}
bool has_object(const Route& route) {
  return route.path.find("{id}") != std::string_view::npos;
}

std::string percent_encoded(const std::string& path) {
  std::string out;
  bool in_braces = false;  // what stands there is put in later
  for (const char c : path) {
    in_braces = (in_braces || c == '{') && c != '}';
    out += in_braces || c == '}' || c == '/' ? std::string(1, c) : fmt::format("%{:02x}", c);
  }
  return out;
}

std::vector<std::string> spellings(std::string path) {
  std::vector<std::string> out{percent_encoded("/api" + path)};
  for (const std::string prefix : {"/api/v1", "/api", ""}) {
    out.push_back(prefix + path);
    if (path.starts_with("/devices")) out.push_back(prefix + "/appliances" + path.substr(8));
  }
  return out;
}

// Somebody who asks once: most of what is asked for changes them.
struct Caller {
  std::string authorization;
  std::optional<Uuid> user;    // whose objects are the caller's own
  std::optional<Uuid> device;  // a device: itself
};

struct RightsHouse : Accounts {
  const RefreshTokens refreshing{std::string(32, 'r')};
  pg::Session database_session{conninfo};
  const std::string login = "everybody@example.org";

  RightsHouse() {
    REQUIRE(sign_up(login).status == 201);  // all others have this one's password: to hash takes its time
    for (auto* part : {&readiness.postgres, &readiness.partitions, &readiness.nats, &readiness.streams,
                       &readiness.consumers, &readiness.revocations, &readiness.standby})
      *part = true;
    readiness.telemetry_max_bytes = 1e12;
  }

  Uuid make_user(bool verified, Role role = Role::user) {
    const auto id = Uuid::v7();
    database_session.ask("insert into users (id, email, name, email_verified, role, password_hash) select '" +
                         id.str() + "', '" + id.str() + "@example.org', 'Ada', " + (verified ? "true" : "false") +
                         ", '" + std::string(name(role)) + "', password_hash from users where email = '" + login + "'");
    return id;
  }
  // A log-in of theirs; `shown`: its refresh token.
  Uuid make_session(const Uuid& user, std::string* shown = nullptr) {
    const auto id = Uuid::v7();
    const auto token = refreshing.issue(id);
    std::string hex;
    for (const unsigned char c : token.hash) hex += fmt::format("{:02x}", c);
    database_session.ask(
        "insert into token_families (id, user_id, refresh_hash, idle_until, expires_at, address) values ('" + id.str() +
        "', '" + user.str() + "', '\\x" + hex + "', now() + interval '1 day', now() + interval '1 day', '')");
    if (shown) *shown = token.text;
    return id;
  }
  Uuid make_key(const Uuid& user, const Scopes& scopes, std::string* shown = nullptr) {
    const auto id = Uuid::v7();
    const auto key = api_keys.issue(id);
    std::string hex, names;
    for (const unsigned char c : key.hash) hex += fmt::format("{:02x}", c);
    for (const auto scope : scopes.names()) names += (names.empty() ? "" : ",") + std::string(scope);
    database_session.ask("insert into api_keys (id, user_id, name, hash, scopes, expires_at) values ('" + id.str() +
                         "', '" + user.str() + "', 'a program', '\\x" + hex + "', '{" + names +
                         "}', now() + interval '1 day')");
    if (shown) *shown = key.text;
    return id;
  }
  Uuid make_device(const std::optional<Uuid>& owner, const std::optional<Uuid>& guest = {}) {
    const auto id = Uuid::v7();
    database_session.ask("insert into devices (id, owner_id, owned_since) values ('" + id.str() + "', " +
                         (owner ? "'" + owner->str() + "'" : "null") + ", now() - interval '1 day')");
    if (guest)
      database_session.ask("insert into device_shares (device_id, user_id) values ('" + id.str() + "', '" +
                           guest->str() + "')");
    return id;
  }

  Caller person(bool verified, Role role, std::chrono::minutes ago) {
    const auto user = make_user(verified, role);
    return {sign({user, role, "", clock, clock + std::chrono::minutes{15}, make_session(user), clock - ago}), user, {}};
  }
  Caller key(const Route& route, bool with) {
    Scopes scopes;
    for (const auto& one : all_scopes)
      if (route.scope ? (one.scope == *route.scope) == with : true) scopes.add(one.scope);
    const auto user = make_user(true);
    std::string text;
    make_key(user, scopes, &text);
    return {"Bearer " + text, user, {}};
  }
  Caller caller(const std::string& principal, const Route& route) {
    using std::chrono::minutes;
    if (principal == "nobody") return {{}, make_user(true), {}};
    if (principal == "user") return person(true, Role::user, minutes{1});
    if (principal == "unverified") return person(false, Role::user, minutes{1});
    if (principal == "stale") return person(true, Role::user, minutes{10});
    if (principal == "admin") return person(true, Role::admin, minutes{1});
    if (principal == "key with" || principal == "key without") return key(route, principal == "key with");
    REQUIRE(principal == "device");
    const auto id = make_device({});
    return {ApiHouse::token(id), {}, id};
  }

  // Of the kind that the route's {id} is.
  Uuid object(const Route& route, const Caller& caller, const std::string& whose) {
    if (whose == "absent") return Uuid::v7();
    const auto other = make_user(true);
    if (route.path.starts_with("/devices")) {
      if (whose == "own") return caller.device ? *caller.device : make_device(caller.user);
      return make_device(other, whose == "shared" ? caller.user : std::nullopt);
    }
    REQUIRE(whose != "shared");
    const auto made = Uuid::v7();
    switch (route.operation) {  // jobs and dead letters are nobody's
      case Operation::retry_job:
        database_session.ask("insert into jobs (id, kind, state) values ('" + made.str() + "', 'test', 'failed')");
        return made;
      case Operation::replay_dead_letter:
        database_session.ask(
            "insert into dead_letters (id, at, source, origin, code, detail, size, payload) values ('" + made.str() +
            "', now(), 'http', 'epicura." + make_device({}).str() + ".telemetry', 'bad_time', '', 2, '[]')");
        return made;
      case Operation::administer_user:
      case Operation::end_user_sessions:
        return whose == "own" && caller.user ? *caller.user : other;
      default:
        break;
    }
    const auto user = whose == "own" && caller.user ? *caller.user : other;
    if (route.path.starts_with("/users/me/auth-sessions")) return make_session(user);
    REQUIRE_MESSAGE(route.path.starts_with("/users/me/api-keys"), "say here what ", route.path, " is about");
    return make_key(user, Scopes::read("heat"));
  }

  // In quarantine, and not confirmed.
  Uuid make_upload(const Uuid& user, const std::string& state) {
    const auto id = Uuid::v7();
    database_session.ask(
        "insert into uploads (id, user_id, purpose, content_type, content_length, state, quarantine_id) values ('" +
        id.str() + "', '" + user.str() + "', 'avatar', 'image/png', 3, '" + state + "', '" + Uuid::v7().str() + "')");
    return id;
  }
  std::string make_avatar() {
    const auto name = media.store.keep("a picture").value();
    database_session.ask("update users set avatar_file = '" + name + "' where id = '" + make_user(true).str() + "'");
    return name;
  }

  // What stands in the path.
  std::string value(const Route& route, const http::Parameter& parameter, const std::optional<Uuid>& id) {
    if (parameter.name == "id" && id) return id->str();
    if (route.operation == Operation::get_media) return make_avatar();
    if (route.operation == Operation::put_upload)
      return media.tokens.issue(
          {make_upload(make_user(true), "pending"), clock + std::chrono::minutes{5}, 3, ImageFormat::png});
    return std::string(parameter.example);
  }

  std::string body(const Route& route, const Caller& who) {
    if (route.operation == Operation::put_upload) return "abc";
    if (route.body.empty()) return {};
    switch (route.operation) {
      case Operation::register_user:
        return credentials(Uuid::v7().str() + "@example.org");
      case Operation::log_in:
      case Operation::restore_user:
        return credentials(login);
      case Operation::reauthenticate:
        return dump_json({{"password", good_password}});
      case Operation::register_device:
        return dump_json({{"device_id", Uuid::v7().str()}, {"firmware_version", "1.0"}});
      case Operation::change_email:
        return dump_json({{"email", Uuid::v7().str() + "@example.org"}});
      case Operation::refresh: {
        std::string token;
        make_session(make_user(true), &token);
        return dump_json({{"refresh_token", token}});
      }
      case Operation::confirm_avatar:
        return dump_json({{"upload_id", make_upload(who.user.value_or(make_user(true)), "stored").str()}});
      case Operation::verify_email:  // without a body both are about who asks
      case Operation::log_out:
      case Operation::set_mfa:
        return {};
      default:
        return http::api_schemas().all().at(std::string(route.body)).at("examples").at(0).dump();
    }
  }

  Answer walk(const Route& route, const Caller& who, std::string target, const std::optional<Uuid>& id) {
    for (const auto& parameter : route.in_path) {
      const auto brace = "{" + std::string(parameter.name) + "}";
      target.replace(target.find(brace), brace.size(), value(route, parameter, id));
    }
    content_type = route.operation == Operation::put_upload ? "image/png" : "application/json";
    return ask(std::string(http::name(route.method)), target, who.authorization, body(route, who));
  }
};

const std::vector<std::string> principals{"nobody", "user",   "unverified",  "stale",
                                          "admin",  "device", "key without", "key with"};
const std::vector<std::string> principals_of_objects{"nobody", "user", "admin", "device", "key without", "key with"};

}  // namespace

TEST_CASE("the file of rights has every route once, with every principal, and no other") {
  const RightsFile file;
  std::set<std::string> titles, titles_of_objects;
  for (const Route& route : http::api_routes) {
    titles.insert(title(route));
    if (has_object(route)) titles_of_objects.insert(title(route));
  }
  for (const auto& one : titles) CHECK_MESSAGE(file.routes.count(one) == 1, one, " has no line");
  for (const auto& [route, line] : file.routes) {
    CHECK_MESSAGE(titles.count(route) == 1, route, " is no route");
    for (const auto& principal : principals) CHECK_MESSAGE(line.count(principal) == 1, route, ": ", principal);
    CHECK(line.size() == principals.size());
  }
  for (const auto& one : titles_of_objects) CHECK_MESSAGE(file.objects.count(one) == 1, one, " has no line of objects");
  for (const auto& [route, lines] : file.objects) {
    CHECK_MESSAGE(titles_of_objects.count(route) == 1, route, " is no route with an object");
    for (const auto& principal : principals_of_objects)
      CHECK_MESSAGE(lines.count(principal) == 1, route, ": ", principal);
    CHECK(lines.size() == principals_of_objects.size());
    for (const auto& [principal, line] : lines)
      for (const std::string whose : {"own", "other's", "absent"})
        CHECK_MESSAGE(line.count(whose) == 1, route, principal);
  }
}

TEST_CASE("every principal gets of every route what the file of rights says, under each spelling") {
  const RightsFile file;
  RightsHouse house;
  for (const Route& route : http::api_routes) {
    const auto line = file.routes.find(title(route));
    if (line == file.routes.end()) continue;                                   // the case above has said so
    if (route.path.starts_with("/docs") && !http::has_swagger_ui()) continue;  // built without npm
    for (const auto& target : spellings(std::string(route.path))) {
      for (const auto& [principal, expected] : line->second) {
        const auto who = house.caller(principal, route);
        const auto id = has_object(route) ? std::optional(house.object(route, who, "own")) : std::nullopt;
        const auto answer = house.walk(route, who, target, id);
        CHECK_MESSAGE(answer.status == expected, title(route), " as ", target, " by ", principal, ": ",
                      answer.body.dump());
      }
    }
  }
}

TEST_CASE("every object is to every principal what the file of rights says, under each spelling") {
  const RightsFile file;
  RightsHouse house;
  for (const Route& route : http::api_routes) {
    const auto lines = file.objects.find(title(route));
    if (lines == file.objects.end()) continue;
    for (const auto& target : spellings(std::string(route.path))) {
      for (const auto& [principal, line] : lines->second) {
        const auto who = house.caller(principal, route);
        Json absent, others;
        for (const auto& [whose, expected] : line) {
          const auto answer = house.walk(route, who, target, house.object(route, who, whose));
          CHECK_MESSAGE(answer.status == expected, title(route), " as ", target, " of ", whose, " by ", principal, ": ",
                        answer.body.dump());
          if (answer.status == 404) (whose == "absent" ? absent : others) = answer.body;
        }
        if (!others.is_null()) CHECK(others == absent);
      }
    }
  }
}

TEST_CASE("what takes an Idempotency-Key is done once") {
  RightsHouse house;
  int routes = 0;
  for (const Route& route : http::api_routes) {
    if (route.idempotency == http::Idempotency::none) continue;
    ++routes;
    CHECK(route.method == http::Method::post);
    CHECK(route.access != http::Access::anyone);
    const auto who = house.caller("admin", route);
    const auto id = has_object(route) ? std::optional(house.object(route, who, "other's")) : std::nullopt;
    house.usual.idempotency_key = Uuid::v7().str();
    const auto first = house.walk(route, who, std::string(route.path), id);
    const auto second = house.walk(route, who, std::string(route.path), id);
    CHECK_MESSAGE(first.status / 100 == 2, title(route), first.body.dump());
    if (route.idempotency == http::Idempotency::answer_secret) {
      CHECK_MESSAGE(second.problem(409, "already_done"), title(route));
    } else {
      CHECK_MESSAGE(second.header("Idempotent-Replayed") == "true", title(route));
      CHECK(second.text == first.text);
    }
  }
  CHECK(routes >= 4);
}

TEST_CASE("what asks for a fresh proof of a person, or a verified address, is not for API keys") {
  for (const Route& route : http::api_routes) {
    if (route.fresh || route.verified) CHECK_MESSAGE(!route.scope, title(route));
    if (route.scope) CHECK((route.access == http::Access::person || route.access == http::Access::signed_in));
    if (route.object != http::Object::none) CHECK(has_object(route));
  }
}

TEST_CASE("a route for admins: the role as it is now, and outside of development a second factor") {
  RightsHouse house;
  Route route;
  route.path = "/admin/health";
  route.operation = Operation::get_health;
  route.name = "test";
  route.access = http::Access::admin;
  const auto ask = [&](const std::string& authorization) {
    http::Request asked;
    asked.path = route.path;
    asked.authorization = authorization;
    asked.request_id = "0198c0de-0000-7000-8000-0123456789ab";
    asked.received = std::chrono::steady_clock::now();
    asked.route = &route;
    return house.serve(std::move(asked));
  };
  const auto token = [&](const Uuid& user, bool second_factor) {
    return house.sign({user, Role::admin, "", house.clock, house.clock + std::chrono::minutes{15},
                       house.make_session(user), house.clock, second_factor});
  };
  const auto admin = house.make_user(true, Role::admin);
  CHECK(ask({}).problem(401, "unauthorized"));
  CHECK(ask(house.person(true, Role::user, {}).authorization).problem(403, "forbidden"));
  CHECK(ask(ApiHouse::token(house.make_device({}))).problem(403, "forbidden"));
  std::string key;
  house.make_key(admin, Scopes::read("account:read devices:read telemetry:read heat"), &key);
  CHECK(ask("Bearer " + key).problem(403, "forbidden"));
  CHECK(ask(token(admin, false)).status == 200);
  CHECK(ask(house.admin()).status == 200);  // an operator's, of no account
  for (const auto* environment : {"production", "staging"}) {
    house.settings.environment = environment;
    CHECK(ask(token(admin, false)).problem(403, "mfa_enrollment_required"));
    CHECK(ask(house.admin()).problem(403, "mfa_enrollment_required"));
    CHECK(ask(token(admin, true)).problem(403, "mfa_enrollment_required"));  // it was turned off meanwhile
    house.sql("update users set mfa_enabled_at = now() where id = '" + admin.str() + "'");
    CHECK(ask(token(admin, true)).status == 200);
    house.sql("update users set mfa_enabled_at = null where id = '" + admin.str() + "'");
  }
  house.sql("update users set mfa_enabled_at = now() where id = '" + admin.str() + "'");
  const auto before = token(admin, true);
  house.sql("update users set role = 'user' where id = '" + admin.str() + "'");
  CHECK(ask(before).problem(403, "forbidden"));
  house.sql("update users set role = 'admin', disabled_at = now() where id = '" + admin.str() + "'");
  CHECK(ask(before).status == 403);
}
