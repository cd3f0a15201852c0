// What is let through, what is refused and how, behind the shipped nginx.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/proxy/front.hpp"
#include "tests/proxy/tls_client.hpp"

using namespace epicura::proxy::test;

namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;

std::string telemetry_of(const std::string& id) {
  return "/api/v1/devices/" + id + "/telemetry";
}

void check_is_problem(const TlsAnswer& answer, int status, const std::string& code) {
  CHECK(answer.status == status);
  CHECK(answer.field("Content-Type") == "application/problem+json");
  const auto document = nlohmann::json::parse(answer.body, nullptr, false);
  REQUIRE_MESSAGE(document.is_object(), answer.body);
  CHECK(document.value("status", 0) == status);
  CHECK(document.value("code", "") == code);
  CHECK(document.value("type", "") == "urn:epicura:problem:" + code);
  CHECK_FALSE(document.value("title", "").empty());
  CHECK_FALSE(document.value("detail", "").empty());
  CHECK(document.value("instance", "") == answer.field("X-Request-Id"));
  CHECK(answer.field("X-Request-Id").size() == 36);
}

// The lines of a log, as soon as it has so many: they are written after the answers.
std::vector<std::string> lines_of(const Nginx& nginx, const std::string& log, std::size_t count) {
  std::vector<std::string> lines;
  epicura::http::test::eventually([&] {
    lines.clear();
    std::istringstream text(nginx.log(log));
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines.size() >= count;
  });
  return lines;
}

// Chunks, so that nobody knows the length before the end.
std::string chunked(const std::string& path, std::size_t size) {
  std::string request = "POST " + path + " HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t left = size; left > 0;) {
    const auto now = std::min(left, std::size_t{10'000});
    request += fmt::format("{:x}\r\n{}\r\n", now, std::string(now, 'x'));
    left -= now;
  }
  return request + "0\r\n\r\n";
}

}  // namespace

TEST_CASE("a body of 1 MiB passes, a byte more is 413 in the words of the program") {
  Front front;
  for (const bool in_chunks : {false, true}) {
    const auto id = id_of(Pace::quick, 1, in_chunks ? 1 : 2);
    const auto request = [&](std::size_t size) {
      return in_chunks ? chunked(telemetry_of(id), size) : post(telemetry_of(id), std::string(size, 'x'));
    };
    for (const auto size : {std::size_t{1}, std::size_t{70'000}, mebibyte}) {
      TlsClient client(front.nginx.port());
      const auto answer = client.ask(request(size));
      REQUIRE(answer);
      CHECK_MESSAGE(answer->status == 200, size << " bytes: " << answer->body);
      CHECK(is_for(id, answer->body));
    }
    const auto before = front.handed_over.load();
    for (const auto size : {mebibyte + 1, 2 * mebibyte, 8 * mebibyte}) {
      TlsClient client(front.nginx.port());
      const auto answer = client.ask(request(size));
      REQUIRE_MESSAGE(answer, size << " bytes");
      check_is_problem(*answer, 413, "payload_too_large");
    }
    CHECK(front.handed_over == before);
  }
  // A length that is only claimed costs nothing.
  TlsClient boaster(front.nginx.port());
  const auto answer = boaster.ask("POST " + telemetry_of(id_of(Pace::quick, 1, 3)) +
                                  " HTTP/1.1\r\nHost: t\r\nContent-Length: 9000000000000000000\r\n\r\n");
  REQUIRE(answer);
  check_is_problem(*answer, 413, "payload_too_large");
}

TEST_CASE("an image may have 10 MiB, and the URL that it is put to is not in the access log") {
  Front front;
  const std::string path = "/api/v1/uploads/a-token-that-opens";
  const auto put = [&](std::size_t size) {
    return "PUT " + path + " HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
           std::string(size, 'x');
  };
  TlsClient client(front.nginx.port());
  CHECK(client.ask(put(10 * mebibyte)));
  CHECK(front.handed_over == 1);
  TlsClient other(front.nginx.port());
  const auto large = other.ask(put(10 * mebibyte + 1));
  REQUIRE(large);
  check_is_problem(*large, 413, "payload_too_large");
  CHECK(front.handed_over == 1);
  const auto lines = lines_of(front.nginx, "access.log", 1);
  REQUIRE_FALSE(lines.empty());
  for (const auto& line : lines) CHECK(line.find("a-token") == std::string::npos);
  CHECK(nlohmann::json::parse(lines.front()).at("path") == "/api/v1/uploads/");
}

TEST_CASE("what nginx answers itself carries what every answer must") {
  Front front;
  TlsClient client(front.nginx.port());
  const auto ask = [&](const std::string& request) {
    TlsClient fresh(front.nginx.port());
    auto answer = fresh.ask(request);
    REQUIRE(answer);
    CHECK(answer->count("X-Request-Id") == 1);
    CHECK(answer->count("Strict-Transport-Security") == 1);
    CHECK(answer->count("X-Content-Type-Options") == 1);
    CHECK(answer->count("Date") == 1);
    CHECK(answer->field("Server") == "nginx");  // without its version
    return *answer;
  };
  const auto large = ask(post("/api/v1/devices/register", std::string(2 * mebibyte, 'x'), "X-Request-Id: mine.1\r\n"));
  check_is_problem(large, 413, "payload_too_large");
  CHECK(large.field("X-Client-Request-Id") == "mine.1");
  const auto odd = ask(post("/devices/register", std::string(2 * mebibyte, 'x'), "X-Request-Id: not<mine>\r\n"));
  CHECK(odd.count("X-Client-Request-Id") == 0);
  check_is_problem(ask(get("/health", "X: " + std::string(9'000, 'x') + "\r\n")), 431, "headers_too_large");
  check_is_problem(ask(get("/" + std::string(9'000, 'x'))), 414, "uri_too_long");
  check_is_problem(ask("GET /health HTTP/1.1\r\n\r\n"), 400, "bad_request");
  const auto trace = ask("TRACE /health HTTP/1.1\r\nHost: t\r\n\r\n");
  check_is_problem(trace, 405, "method_not_allowed");
  CHECK(trace.field("Allow").find("GET") != std::string::npos);
  CHECK(front.handed_over == 0);
  // Its log has each as it was asked for.
  std::multiset<std::string> asked;
  for (const auto& line : lines_of(front.nginx, "access.log", 6)) {
    const auto entry = nlohmann::json::parse(line, nullptr, false);
    REQUIRE_MESSAGE(entry.is_object(), line);
    asked.insert(fmt::format("{} {}", entry.value("method", "?"), entry.value("status", 0)));
  }
  CHECK(asked == std::multiset<std::string>{"POST 413", "POST 413", "GET 431", "GET 414", "GET 400", "TRACE 405"});
}

TEST_CASE("the requests at work are counted by address, IPv6 by its first half") {
  const auto port = free_port();
  const Nginx nginx(port,
                    "set_real_ip_from 127.0.0.1; real_ip_header X-From;\n"
                    "log_format counted '$remote_addr -> $counted_address'; access_log counted.log counted;\n");
  const std::pair<const char*, const char*> addresses[] = {
      {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2"},
      {"2001:db8:1:2::6", "2001:db8:1:2"},
      {"2001:db8:1:2::", "2001:db8:1:2"},
      {"2001:db8:1:0:3:4:5:6", "2001:db8:1:0"},
      {"2001:db8:1::6", "2001:db8:1:0"},
      {"2001:db8:1:0:1::", "2001:db8:1:0"},
      {"2001:db8::1", "2001:db8:0:0"},
      {"2001:db8::1:2:3:4", "2001:db8:0:0"},
      {"2001:db8:0:0:1::", "2001:db8:0:0"},
      {"2001:db8::1:0:0:2", "2001:db8:0:0"},
      {"2001::2", "2001:0:0:0"},
      {"2001::9:1:2:3:4", "2001:0:0:9"},
      {"2001:0:0:9::", "2001:0:0:9"},
      {"2001:0:8:9::1", "2001:0:8:9"},
      {"::1", ""},
      {"127.0.0.1", ""},
      {"::ffff:127.0.0.1", ""},
  };
  std::multiset<std::string> wanted;
  for (const auto& [address, counted] : addresses) {
    TlsClient client(nginx.port());
    REQUIRE(client.ask(get("/health", fmt::format("X-From: {}\r\n", address))));
    wanted.insert(fmt::format("{} -> {}", address, counted));
  }
  const auto lines = lines_of(nginx, "counted.log", wanted.size());
  CHECK(std::multiset<std::string>(lines.begin(), lines.end()) == wanted);
}

TEST_CASE("a program that is away is 503 with Retry-After, and is used again as soon as it is back") {
  const auto port = free_port();
  const Nginx nginx(port);
  TlsClient client(nginx.port());
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.ask(get("/health", "X-Request-Id: mine\r\n"));
    REQUIRE(answer);
    check_is_problem(*answer, 503, "overloaded");
    CHECK(answer->field("Retry-After") == "2");
    CHECK(answer->field("X-Client-Request-Id") == "mine");
  }
  const epicura::http::test::Served back(epicura::http::test::tell, [&](auto& settings) { settings.port = port; });
  const auto answer = client.ask(get("/health"));
  REQUIRE(answer);
  CHECK(answer->status == 200);
  const auto log = nlohmann::json::parse(nginx.access_log().substr(0, nginx.access_log().find('\n')), nullptr, false);
  REQUIRE_MESSAGE(log.is_object(), nginx.access_log());
  CHECK(log.value("status", 0) == 503);
  CHECK(log.value("client_request_id", "") == "mine");
}

TEST_CASE("no header is there twice, and nginx adds one of its own only") {
  Front front;
  TlsClient client(front.nginx.port());
  epicura::http::test::RawClient direct(front.served.port());
  for (const std::string path : {"/health", "/nowhere", "/api/v1/devices/register"}) {
    const auto answer = client.ask(get(path, "X-Request-Id: twice\r\nAccept-Encoding: gzip\r\n"));
    const auto without = direct.ask(get(path, "X-Request-Id: twice\r\n"));
    REQUIRE(answer);
    REQUIRE(without);
    CHECK(answer->status == without->status);
    for (const char* name : {"Date", "X-Request-Id", "X-Client-Request-Id", "X-Content-Type-Options", "Cache-Control",
                             "Content-Type", "Content-Length", "Strict-Transport-Security"})
      CHECK_MESSAGE(answer->count(name) == 1, path << " " << name << "\n" << answer->head);
    for (const char* name : {"X-Client-Request-Id", "X-Content-Type-Options", "Cache-Control", "Content-Type", "Allow"})
      CHECK(answer->field(name) == without->field(name));
  }
}
