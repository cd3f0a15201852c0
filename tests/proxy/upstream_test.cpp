// What nginx makes of its side towards the program: kept connections, whose word counts, what is asked again.

#include "tests/proxy/upstream.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "http/routes/media.hpp"
#include "tests/proxy/front.hpp"
#include "tests/proxy/tls_client.hpp"

using namespace epicura::proxy::test;

namespace {

std::size_t occurrences(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// A directive's first value as a number of seconds or bytes: "35s", "1m" (bytes: `unit_m` = 1 << 20).
long long number_of(const std::string& text, const std::string& directive, long long unit_m) {
  const auto at = text.find("\n" + directive + " ");
  REQUIRE_MESSAGE(at != std::string::npos, directive);
  char* unit = nullptr;
  const auto number = std::strtoll(text.c_str() + at + directive.size() + 2, &unit, 10);
  return *unit == 'm' ? number * unit_m : *unit == 'k' ? number * 1024 : number;
}

// The shipped configuration with one directive a line, not indented; the part of a block only if named.
std::string flat(const std::string& block = "") {
  std::string text;
  bool inside = block.empty();
  std::istringstream lines(shipped_configuration());
  for (std::string line; std::getline(lines, line);) {
    line.erase(0, line.find_first_not_of(' '));
    if (!block.empty() && line.starts_with(block)) inside = true;
    if (inside) text += "\n" + line;
    if (!block.empty() && line == "}") inside = false;
  }
  return text;
}

}  // namespace

TEST_CASE("connections to the program are kept") {
  Front front;
  constexpr int clients = 40;
  constexpr int requests_each = 50;
  for (int c = 0; c < clients; ++c) {  // each a new one outside
    TlsClient client(front.nginx.port());
    for (int i = 0; i < requests_each; ++i) {
      const auto id = id_of(Pace::quick, c, i);
      const auto answer = client.ask(i % 2 == 0 ? get("/devices/" + id) : post("/devices/" + id + "/telemetry", "{}"));
      REQUIRE(answer);
      REQUIRE(is_for(id, answer->body));
    }
  }
  CHECK(front.handed_over == clients * requests_each);
  const auto accepted = front.served.counted("epicura_http_connections_accepted_total");
  CHECK(accepted >= 1);
  CHECK(accepted <= 8);  // one for each of nginx's workers would do
}

TEST_CASE("nginx says where a request comes from, whatever the client claims") {
  Upstream upstream([](const std::string&) { return plain_answer("ok"); });
  const Nginx nginx(upstream.port());
  const char* const claims[] = {
      "",
      "X-Forwarded-For: 6.6.6.6\r\n",
      "x-forwarded-for: 6.6.6.6, 7.7.7.7\r\nX-FORWARDED-FOR: 8.8.8.8\r\n",
      "X-Forwarded-Proto: http\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Port: 1\r\nX-Real-IP: 6.6.6.6\r\n",
      "Forwarded: for=6.6.6.6;proto=http;host=evil.example\r\n",
      "Connection: close, X-Forwarded-For\r\nUpgrade: websocket\r\nTE: trailers\r\nKeep-Alive: 5\r\n",
  };
  for (const char* claim : claims) {
    TlsClient client(nginx.port());
    const auto answer = client.ask("GET /health HTTP/1.1\r\nHost: evil.example\r\n" + std::string(claim) + "\r\n");
    REQUIRE(answer);
    CHECK(answer->status == 200);
  }
  const auto requests = upstream.requests();
  REQUIRE(requests.size() == std::size(claims));
  for (const auto& request : requests) {
    const auto head = lower(request);
    CAPTURE(head);
    CHECK(occurrences(head, "\r\nx-forwarded-for: 127.0.0.1\r\n") == 1);
    CHECK(occurrences(head, "\r\nx-forwarded-for:") == 1);
    CHECK(occurrences(head, "\r\nx-forwarded-proto: https\r\n") == 1);
    CHECK(occurrences(head, "\r\nx-forwarded-proto:") == 1);
    for (const char* gone : {"x-real-ip", "x-forwarded-host", "x-forwarded-port", "\r\nforwarded:", "6.6.6.6",
                             "8.8.8.8", "evil.example", "upgrade", "\r\nte:", "keep-alive", "\r\nconnection:"})
      CHECK_MESSAGE(head.find(gone) == std::string::npos, gone);
    CHECK(head.starts_with("get /health http/1.1\r\n"));
  }
  CHECK(upstream.accepted() <= 4);
}

TEST_CASE("the path goes on as it was written, and the client's own request id and credentials with it") {
  Upstream upstream([](const std::string&) { return plain_answer("ok"); });
  const Nginx nginx(upstream.port());
  TlsClient client(nginx.port());
  for (const std::string path : {"/devices/%2e%2e/x?a=%41&b=%2F", "//devices///x", "/a/../b", "/%E2%82%AC?q="}) {
    const auto answer =
        client.ask(get(path, "X-Request-Id: mine\r\nAuthorization: Bearer t\r\nAccept-Encoding: gzip\r\n"));
    REQUIRE(answer);
    const auto head = upstream.requests().back();
    CHECK_MESSAGE(head.starts_with("GET " + path + " HTTP/1.1\r\n"), head);
    for (const char* field :
         {"\r\nX-Request-Id: mine\r\n", "\r\nAuthorization: Bearer t\r\n", "\r\nAccept-Encoding: gzip\r\n"})
      CHECK(occurrences(head, field) == 1);
  }
}

TEST_CASE("a POST that was sent is never sent again") {
  // Reads each request and hangs up, after a first good answer, so that the connection is one that nginx has kept.
  std::atomic<int> asked{0};
  Upstream upstream([&](const std::string& request) {
    return request.starts_with("GET /first") ? plain_answer("ok") : (++asked, std::string());
  });
  const Nginx nginx(upstream.port());
  TlsClient client(nginx.port());
  for (const char* method : {"POST", "PATCH"}) {
    for (int i = 0; i < 5; ++i) {
      REQUIRE(client.ask(get("/first")));
      const auto before = asked.load();
      const auto answer =
          client.ask(std::string(method) + " /devices/x/commands HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\n{}");
      REQUIRE(answer);
      CHECK(answer->status == 503);
      CHECK(asked == before + 1);
    }
  }
  // What may be repeated is, over a fresh connection, once: a kept connection may have been closed for its age.
  REQUIRE(client.ask(get("/first")));
  const auto before = asked.load();
  const auto answer = client.ask(get("/second"));
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK(asked == before + 2);
}

TEST_CASE("limits and time-outs go with the program's own") {
  const epicura::http::ServerSettings program;
  const auto all = flat();
  CHECK(number_of(all, "client_max_body_size", 1 << 20) == static_cast<long long>(program.max_body));
  CHECK(number_of(flat("upstream"), "keepalive_timeout", 60) * 1000 < program.idle_deadline.count());
  CHECK(number_of(all, "proxy_send_timeout", 60) * 1000 > program.read_deadline.count());
  const long long request_deadline_ms = 10'000;  // the default of request_deadline_ms
  CHECK(number_of(all, "proxy_read_timeout", 60) * 1000 > request_deadline_ms);
  CHECK(all.find("non_idempotent;") == std::string::npos);
  CHECK(occurrences(all, "\nserver @API@") == 1);
  // All that there is, and images, whose bodies are longer.
  CHECK(occurrences(all, "proxy_pass http://epicura;") == 2);
  CHECK(occurrences(all, "proxy_pass ") == 2);
  CHECK(occurrences(all, "client_max_body_size 10m;") == 1);
  CHECK(epicura::http::longest_upload == 10 << 20);
}
