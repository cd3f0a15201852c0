#include "http/head.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

using namespace epicura;
using namespace epicura::http;

namespace {

std::optional<Refused> check(const std::string& bytes, Head& head) {
  HeadScanner scanner;
  switch (scanner.scan(bytes)) {
    case HeadScanner::Found::incomplete:
      return Refused{Errc::internal, "incomplete", ""};
    case HeadScanner::Found::refused:
      return scanner.refusal();
    case HeadScanner::Found::complete:
      break;
  }
  REQUIRE(scanner.length() == bytes.size());
  return read_head(bytes, head);
}

std::string_view reason_of(const std::string& bytes) {
  Head head;
  const auto refused = check(bytes, head);
  return refused ? refused->reason : "";
}

std::string with(const std::string& fields) {
  return "POST /x HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}

}  // namespace

TEST_CASE("a head is read into its parts") {
  Head head;
  const std::string bytes =
      "POST /a?b=c HTTP/1.1\r\nhOST: h\r\nContent-Length:  12 \r\nAuthorization: Bearer x.y\r\n"
      "Content-Type: application/json\r\nAccept: */*;q=nonsense\r\nCookie: no pair\r\nCache-Control: immutable\r\n"
      "Idempotency-Key: k\r\nIf-None-Match: \"1\"\r\nIf-Match: \"2\"\r\nX-Request-Id: a.b-c_1\r\nConnection: foo, "
      "Close\r\n"
      "Expect: 100-Continue\r\n\r\n";
  REQUIRE_FALSE(check(bytes, head));
  CHECK(head.method == "POST");
  CHECK(head.target == "/a?b=c");
  CHECK(head.content_length == 12);
  CHECK(head.authorization == "Bearer x.y");
  CHECK(head.content_type == "application/json");
  CHECK(head.accept == "*/*;q=nonsense");
  CHECK(head.idempotency_key == "k");
  CHECK(head.if_none_match == "\"1\"");
  CHECK(head.if_match == "\"2\"");
  CHECK(head.client_request_id == "a.b-c_1");
  CHECK(head.close);
  CHECK(head.expects_continue);
  CHECK_FALSE(head.http_1_0);
}

TEST_CASE("lengths: one number of digits") {
  Head head;
  REQUIRE_FALSE(check(with("Content-Length: 99999999999999999999999999\r\n"), head));
  CHECK(*head.content_length == std::numeric_limits<std::uint64_t>::max());
  for (const char* length : {"+3", "-1", "3abc", "3, 3", "0x3", "", "3 3", "3;", "1e3"})
    CHECK_MESSAGE(reason_of(with("Content-Length: " + std::string(length) + "\r\n")) == "bad_length", length);
  CHECK(reason_of(with("Content-Length: 3\r\nContent-Length: 3\r\n")) == "bad_length");
  CHECK(reason_of(with("Content-Length: 3\r\nContent-Length: 4\r\n")) == "bad_length");
}

TEST_CASE("transfer encodings are refused, in any spelling") {
  for (const char* field : {"Transfer-Encoding: chunked", "transfer-encoding:identity", "TRANSFER-ENCODING: gzip",
                            "Content-Length: 3\r\nTransfer-Encoding: chunked"})
    CHECK_MESSAGE(reason_of(with(std::string(field) + "\r\n")) == "transfer_encoding", field);
  for (const char* field : {"Transfer-Encoding : chunked", " Transfer-Encoding: chunked", "Transfer Encoding: x"})
    CHECK_MESSAGE(reason_of(with(std::string(field) + "\r\n")) == "bad_field", field);
}

TEST_CASE("what is not a head is refused") {
  using namespace std::string_literals;
  CHECK(reason_of("\x16\x03\x01\x02"s) == "garbage");
  CHECK(reason_of("get / HTTP/1.1\r\n\r\n") == "garbage");
  CHECK(reason_of("GET / HTTP/1.1\nHost: h\n\n") == "garbage");
  CHECK(reason_of("GET / HTTP/1.1\r\nHost: h\n\r\n") == "garbage");
  CHECK(reason_of("GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n") == "garbage");
  CHECK(reason_of("GET / HTTP/1.1\r\nHost: h\0\r\n\r\n"s) == "garbage");
  CHECK(reason_of("GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n"s) == "garbage");
  CHECK(reason_of("GET / HTTP/1.1\r\nHost: h\r\n\r") == "incomplete");
  CHECK(reason_of(with("X: a\r\n b\r\n")) == "bad_field");
  CHECK(reason_of(with("no colon\r\n")) == "bad_field");
  CHECK(reason_of(with(": empty\r\n")) == "bad_field");
  CHECK(reason_of("GET /\r\nHost: h\r\n\r\n") == "bad_request_line");
  CHECK(reason_of("GET  / HTTP/1.1\r\nHost: h\r\n\r\n") == "bad_request_line");
  CHECK(reason_of("GET / x HTTP/1.1\r\nHost: h\r\n\r\n") == "bad_request_line");
  CHECK(reason_of("GET /\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n") == "bad_request_line");
  CHECK(reason_of("G(T / HTTP/1.1\r\nHost: h\r\n\r\n") == "bad_request_line");
  for (const char* version : {"HTTP/2.0", "HTTP/1.2", "HTTP/1.10", "http/1.1", "HTTP/1.1 ", "HTTP/0.9"})
    CHECK_MESSAGE(!reason_of("GET / " + std::string(version) + "\r\nHost: h\r\n\r\n").empty(), version);
  CHECK(reason_of("GET / HTTP/1.1\r\n\r\n") == "no_host");
  CHECK(reason_of("GET / HTTP/1.0\r\n\r\n").empty());
  CHECK(reason_of(with("Host: other\r\n")) == "doubled_field");
  CHECK(reason_of(with("Authorization: a\r\nAuthorization: b\r\n")) == "doubled_field");
  std::string many;
  for (int i = 0; i < 101; ++i) many += "X: y\r\n";
  CHECK(reason_of(with(many)) == "head_too_large");
}

TEST_CASE("a request line has a limit of its own") {
  const std::string fits = "GET /" + std::string(max_request_line - 14, 'a') + " HTTP/1.1";
  REQUIRE(fits.size() == max_request_line);
  CHECK(reason_of(fits + "\r\nHost: h\r\n\r\n").empty());
  CHECK(reason_of("GET /a" + fits.substr(5) + "\r\nHost: h\r\n\r\n") == "line_too_long");
  HeadScanner scanner;
  CHECK(scanner.scan("GET /" + std::string(max_request_line, 'a')) == HeadScanner::Found::refused);  // before its end
  CHECK(scanner.refusal().code == Errc::uri_too_long);
  CHECK(reason_of(with("X: " + std::string(max_request_line + 1, 'x') + "\r\n")).empty());  // a field is no line
}

TEST_CASE("trace contexts are taken as the W3C writes them") {
  const auto trace = [](const std::string& text) {
    Head head;
    const auto bytes = with("traceparent: " + text + "\r\n");
    CHECK_FALSE(check(bytes, head));
    return std::string(head.traceparent);
  };
  const std::string good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  CHECK(trace(good) == good);
  CHECK(trace("cc" + good.substr(2) + "-more") == "cc" + good.substr(2) + "-more");
  const std::vector<std::string> wrong_ones{"",
                                            good + "-more",
                                            good + "0",
                                            good.substr(1),
                                            "ff" + good.substr(2),
                                            "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                            "00-" + std::string(32, '0') + good.substr(35),
                                            good.substr(0, 36) + std::string(16, '0') + "-01",
                                            "00_" + good.substr(3),
                                            "cc" + good.substr(2) + "more"};
  for (const auto& wrong : wrong_ones) CHECK_MESSAGE(trace(wrong).empty(), wrong);
}

TEST_CASE("a control character is found wherever it stands, and no other byte is taken for one") {
  const std::string head = "GET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\nHost: t\r\n\r\n";
  for (std::size_t at = 5; at < 37; ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      auto bytes = head;
      bytes[at] = static_cast<char>(byte);
      HeadScanner scanner;
      const bool control = (byte < ' ' && byte != '\t') || byte == 0x7f;
      CHECK((scanner.scan(bytes) == HeadScanner::Found::refused) == control);
      if (!control) CHECK(scanner.length() == head.size());
    }
  }
}

TEST_CASE("the scanner stops where it is cut and goes on there") {
  const std::string bytes = with("Content-Length: 3\r\n");
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    HeadScanner scanner;
    REQUIRE(scanner.scan(bytes.substr(0, cut)) == HeadScanner::Found::incomplete);
    REQUIRE(scanner.scan(bytes + "abc") == HeadScanner::Found::complete);
    REQUIRE(scanner.length() == bytes.size());
  }
}

TEST_CASE("an illegal request id of the client is not echoed") {
  for (const char* id : {"a b", "a\"b", "<x>", ""}) {
    Head head;
    CHECK_FALSE(check(with("X-Request-Id: " + std::string(id) + "\r\n"), head));
    CHECK(head.client_request_id.empty());
  }
  Head head;
  CHECK_FALSE(check(with("X-Request-Id: " + std::string(65, 'a') + "\r\n"), head));
  CHECK(head.client_request_id.empty());
}
