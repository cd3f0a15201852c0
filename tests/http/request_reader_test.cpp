#include "http/request_reader.hpp"

#include <doctest/doctest.h>

#include "raw_client.hpp"

using namespace epicura;
using namespace epicura::http;
using namespace epicura::http::test;

namespace {

const ReaderRules rules{.routes = api_routes};
const IpAddress peer = *IpAddress::parse("192.0.2.7");

// Feeds `pieces` one after the other; what came of it, in order: what the handler would see, or "status", "status!"
// for a refusal that closes.
std::vector<std::string> read(const std::vector<std::string>& pieces) {
  RequestParser parser(rules.max_head);
  RequestReader reader(rules, peer);
  std::vector<std::string> seen;
  for (const auto& piece : pieces) {
    reader.append(piece);
    while (true) {
      auto outcome = reader.next(parser);
      if (std::holds_alternative<NeedsMore>(outcome)) break;
      if (const auto* incoming = std::get_if<Incoming>(&outcome)) {
        seen.push_back(told(incoming->request) + (incoming->form.close ? " close" : ""));
        continue;
      }
      const auto& refusal = std::get<Refusal>(outcome);
      seen.push_back(std::to_string(refusal.response.status) + (refusal.form.close ? "!" : ""));
      if (refusal.form.close) return seen;
    }
  }
  return seen;
}

using Seen = std::vector<std::string>;

}  // namespace

TEST_CASE("requests are read one after the other, however their bytes are cut") {
  const std::string body = "{\"readings\": []}";
  const std::string bytes = post("/api/devices/d1/telemetry", body) + get("/health") + post("/nope", "abc") + "\r\n" +
                            get("/api/v1/appliances/d2/telemetry?metric=a&metric=b") +
                            get("/ready", "Connection: close\r\n");
  const Seen expected{"postDeviceTelemetry /devices/d1/telemetry {id=d1} #16", "getHealth /health", "404",
                      "getDeviceTelemetry /devices/d2/telemetry {id=d2} ?metric=a ?metric=b", "getReady /ready close"};
  CHECK(read({bytes}) == expected);
  for (std::size_t cut = 1; cut < bytes.size(); ++cut)
    REQUIRE(read({bytes.substr(0, cut), bytes.substr(cut)}) == expected);
  std::vector<std::string> single;
  for (char c : bytes) single.emplace_back(1, c);
  CHECK(read(single) == expected);
}

TEST_CASE("a body is a body, whatever it looks like") {
  const auto inner = get("/devices/secret");
  CHECK(read({post("/devices/register", inner)}) ==
        Seen{"registerDevice /devices/register #" + std::to_string(inner.size())});
  CHECK(read({"GET /health HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(inner.size()) + "\r\n\r\n" +
              inner + get("/ready")}) == Seen{"getHealth /health #" + std::to_string(inner.size()), "getReady /ready"});
  // Bytes of every value.
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  CHECK(read({post("/devices/register", all) + get("/ready")}) ==
        Seen{"registerDevice /devices/register #256", "getReady /ready"});
}

TEST_CASE("what follows a request that cannot be trusted is not read") {
  const auto inner = get("/devices/secret");
  CHECK(read({"POST /health HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
              inner}) == Seen{"411!"});
  CHECK(read({"POST /health HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\nContent-Length: 9\r\n\r\n" + inner}) ==
        Seen{"400!"});
  CHECK(read({"POST /devices/register HTTP/1.1\r\nHost: t\r\nContent-Length: 65537\r\n\r\n" + inner}) == Seen{"413!"});
}

TEST_CASE("an HTTP/1.0 client is read without Host, and closed") {
  CHECK(read({"GET /health HTTP/1.0\r\n\r\n"}) == Seen{"getHealth /health close"});
}

TEST_CASE("unknown query parameters: at once where anyone may, else left to the handler") {
  CHECK(read({get("/health?x=1")}) == Seen{"422"});
  RequestParser parser(rules.max_head);
  RequestReader reader(rules, peer);
  reader.append(get("/devices/d/telemetry?x=1&limit=2"));
  const auto outcome = reader.next(parser);
  const auto* incoming = std::get_if<Incoming>(&outcome);
  REQUIRE(incoming != nullptr);
  REQUIRE(incoming->request.query_errors.size() == 1);
  CHECK(incoming->request.query_errors[0].pointer == "/query/x");
  CHECK(read({get("/devices/d/telemetry?limit=1&limit=2")}) == Seen{"400"});
}

TEST_CASE("the longest body holds hardly more memory than it has bytes, in whatever pieces it comes") {
  RequestParser parser(rules.max_head);
  RequestReader reader(rules, peer);
  reader.append("PUT /uploads/x HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(longest_upload) + "\r\n\r\n");
  CHECK(std::holds_alternative<NeedsMore>(reader.next(parser)));
  CHECK(reader.buffered() < 4096);  // what was said is not believed before it comes
  const std::string piece(64 << 10, 'x');
  for (std::size_t sent = piece.size(); sent < longest_upload; sent += piece.size()) {
    reader.append(piece);
    CHECK(reader.buffered() <= std::min(longest_upload, 2 * sent));
    REQUIRE(std::holds_alternative<NeedsMore>(reader.next(parser)));
  }
  reader.append(piece);
  const auto outcome = reader.next(parser);
  REQUIRE(std::holds_alternative<Incoming>(outcome));
  CHECK(std::get<Incoming>(outcome).request.body.size() == longest_upload);
  CHECK(read({"PUT /uploads/x HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(longest_upload + 1) +
              "\r\n\r\n"}) == Seen{"413!"});
}

TEST_CASE("100-continue is wanted once, and only while the body is missing") {
  RequestParser parser(rules.max_head);
  RequestReader reader(rules, peer);
  const auto whole = post("/devices/register", "abc", "Expect: 100-continue\r\n");
  reader.append(whole.substr(0, whole.size() - 3));
  CHECK(std::get<NeedsMore>(reader.next(parser)).send_continue);
  CHECK_FALSE(std::get<NeedsMore>(reader.next(parser)).send_continue);
  reader.append("abc");
  CHECK(std::holds_alternative<Incoming>(reader.next(parser)));
  reader.append(whole);
  CHECK(std::holds_alternative<Incoming>(reader.next(parser)));
}

TEST_CASE("what the head alone decides is said before the body to a client that waits, and ends the connection") {
  const std::string waits = "Content-Length: 10\r\nExpect: 100-continue\r\n\r\n";
  CHECK(read({"POST /nope HTTP/1.1\r\nHost: t\r\n" + waits, get("/health")}) == Seen{"404!"});
  CHECK(read({"PUT /devices/register HTTP/1.1\r\nHost: t\r\n" + waits, get("/health")}) == Seen{"405!"});
  CHECK(read({"POST /devices/register HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\nExpect: x\r\n\r\n"}) ==
        Seen{"417!"});
  // It has not waited: the body is read over.
  CHECK(read({"POST /nope HTTP/1.1\r\nHost: t\r\n" + waits + "0123456789" + get("/health")}) ==
        Seen{"404", "getHealth /health"});
  CHECK(read({get("/health", "Expect: x\r\n") + get("/ready")}) == Seen{"417", "getReady /ready"});
  // HTTP/1.0 knows no Expect.
  CHECK(read({"POST /devices/register HTTP/1.0\r\nContent-Length: 3\r\nExpect: x\r\n\r\nabc"}) ==
        Seen{"registerDevice /devices/register #3 close"});
}

TEST_CASE("a request that is given up is answered by its name, if it has one") {
  RequestParser parser(rules.max_head);
  RequestReader in_body(rules, peer);
  in_body.append("POST /devices/register HTTP/1.1\r\nHost: t\r\nX-Request-Id: mine\r\nContent-Length: 9\r\n\r\nabc");
  REQUIRE(std::holds_alternative<NeedsMore>(in_body.next(parser)));
  auto refusal = in_body.give_up({Errc::request_timeout, "slow_sender", "too slow"});
  CHECK(refusal.response.status == 408);
  CHECK(refusal.form.close);
  CHECK(refusal.form.client_request_id == "mine");
  RequestReader in_head(rules, peer);
  in_head.append("GET /hea");
  REQUIRE(std::holds_alternative<NeedsMore>(in_head.next(parser)));
  refusal = in_head.give_up({Errc::overloaded, "input_full", "later"});
  CHECK(refusal.response.status == 503);
  CHECK(refusal.form.request_id.size() == 36);
}

TEST_CASE("what a request brings along") {
  ReaderRules proxied = rules;
  proxied.trusted_proxies = *parse_address_blocks("192.0.2.0/24");
  RequestParser parser(rules.max_head);
  const auto read_one = [&](const ReaderRules& by, const std::string& fields) {
    RequestReader reader(by, peer);
    reader.append(get("/health", fields));
    auto outcome = reader.next(parser);
    REQUIRE(std::holds_alternative<Incoming>(outcome));
    return std::get<Incoming>(std::move(outcome)).request;
  };
  const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const auto before = std::chrono::steady_clock::now();
  auto request = read_one(rules, "Origin: https://a.example\r\nTraceparent: " + trace +
                                     "\r\nAccept-Encoding: br, gzip\r\nX-Forwarded-For: 203.0.113.9\r\n");
  CHECK(request.origin == "https://a.example");
  CHECK(request.traceparent == trace);
  CHECK(request.accepts_gzip);
  CHECK(request.peer_address == "192.0.2.7");
  CHECK(request.received >= before);
  CHECK(request.received <= std::chrono::steady_clock::now());
  request = read_one(proxied, "X-Forwarded-For: 198.51.100.1, 203.0.113.9\r\n");
  CHECK(request.peer_address == "203.0.113.9");
  CHECK(read_one(proxied, "").peer_address == "192.0.2.7");
  CHECK(read_one(rules, "Traceparent: 00-x\r\n").traceparent.empty());
  CHECK(read_one(rules, "Traceparent: " + trace + "\r\nTraceparent: " + trace + "\r\n").traceparent.empty());
}

TEST_CASE("a request's time begins when the last of its body has come") {
  RequestParser parser(rules.max_head);
  RequestReader reader(rules, peer);
  for (const auto& [request, handled] :
       {std::pair{post("/devices/register", "abc"), true}, std::pair{post("/nope", "abc"), false}}) {
    reader.append(std::string_view(request).substr(0, request.size() - 1));
    REQUIRE(std::holds_alternative<NeedsMore>(reader.next(parser)));
    const auto late = std::chrono::steady_clock::now();
    reader.append("c");
    auto outcome = reader.next(parser);
    const auto* incoming = std::get_if<Incoming>(&outcome);
    REQUIRE((incoming != nullptr) == handled);
    if (incoming != nullptr) CHECK(incoming->request.received >= late);
    CHECK((incoming != nullptr ? incoming->form : std::get<Refusal>(outcome).form).received >= late);
  }
}

TEST_CASE("whoever is refused here is told how their address stands with its quota") {
  ReaderRules counted = rules;
  counted.standing = [](const std::string& address) {
    return Quota::Standing{true, address == "192.0.2.7" ? 20 : 0, 7, 30, 60};
  };
  RequestParser parser(rules.max_head);
  for (const auto& text : {get("/nowhere", ""), std::string("GET /health HTTP/1.1\r\nHost\r\n\r\n")}) {
    RequestReader reader(counted, peer);
    reader.append(text);
    const auto outcome = reader.next(parser);
    REQUIRE(std::holds_alternative<Refusal>(outcome));
    const auto& headers = std::get<Refusal>(outcome).response.headers;
    CHECK(std::find(headers.begin(), headers.end(), std::pair<std::string, std::string>("RateLimit-Remaining", "7")) !=
          headers.end());
  }
}

TEST_CASE("whoever is refused hears the request id that came, and is logged by the address that a proxy says") {
  ReaderRules proxied = rules;
  proxied.trusted_proxies = *parse_address_blocks("192.0.2.0/24");
  RequestParser parser(rules.max_head);
  const std::string fields = "Host: t\r\nX-Request-Id: mine\r\nX-Forwarded-For: 203.0.113.9\r\n";
  const auto refused = [&](const std::string& bytes, int status) {
    RequestReader reader(proxied, peer);
    reader.append(get("/health", "X-Request-Id: former\r\nX-Forwarded-For: 203.0.113.1\r\n"));
    REQUIRE(std::holds_alternative<Incoming>(reader.next(parser)));
    reader.append(bytes);
    auto outcome = reader.next(parser);
    if (std::holds_alternative<NeedsMore>(outcome))
      outcome = reader.give_up({Errc::request_timeout, "slow_sender", "too slow"});
    REQUIRE(std::holds_alternative<Refusal>(outcome));
    const auto& refusal = std::get<Refusal>(outcome);
    CHECK(refusal.response.status == status);
    return std::pair{refusal.form.client_request_id, reader.client_address()};
  };
  const std::pair<std::string, std::string> known{"mine", "203.0.113.9"};
  const std::string line = "GET /health HTTP/1.1\r\n";
  CHECK(refused(line + fields + "X: " + std::string(20'000, 'x'), 431) == known);
  CHECK(refused(line + fields + "X: \x01\r\n\r\n", 400) == known);
  CHECK(refused(line + fields + "X: y\n\r\n", 400) == known);
  CHECK(refused(line + fields + "X: y", 408) == known);
  CHECK(refused("GET /health HTTP/3.0\r\n" + fields + "\r\n", 400) == known);
  CHECK(refused("GET /nope HTTP/1.1\r\n" + fields + "\r\n", 404) == known);
  CHECK(refused("POST /health HTTP/1.1\r\n" + fields + "\r\n", 405) == known);
  CHECK(refused("POST /devices/register HTTP/1.1\r\n" + fields + "Content-Length: 2000000\r\n\r\n", 413) == known);
  CHECK(refused("POST /devices/register HTTP/1.1\r\n" + fields + "Content-Length: 2\r\n\r\n", 408) == known);
  // What has not come whole, or is not a field's line, says nothing; nor does the request before.
  const std::pair<std::string, std::string> unknown{"", "192.0.2.7"};
  CHECK(refused(line + "X-Request-Id: mine", 408) == unknown);
  CHECK(refused("X-Request-Id: mine\r\nX", 408) == unknown);
  CHECK(refused(line + "X-Request-Id: not one\r\n", 408) == unknown);
}

TEST_CASE("an idle reader holds nothing") {
  RequestParser parser(rules.max_head);
  RequestReader reader(rules, peer);
  reader.append(get("/health", "X: " + std::string(10'000, 'x') + "\r\n"));
  CHECK(reader.buffered() > 10'000);
  REQUIRE(std::holds_alternative<Incoming>(reader.next(parser)));
  CHECK(reader.buffered() < 1'100);
  CHECK_FALSE(reader.midway());
}
