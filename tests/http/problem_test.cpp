#include "http/problem.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "http/answer.hpp"

using namespace epicura;
using namespace epicura::http;

namespace {

std::string header(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return {};
}

}  // namespace

TEST_CASE("a problem says what RFC 9457 and the contract ask for") {
  const auto response = problem({Errc::not_found, "no such device"}, "id-1");
  CHECK(response.status == 404);
  CHECK(response.content_type == "application/problem+json");
  const auto document = nlohmann::json::parse(response.body);
  CHECK(document["status"] == 404);
  CHECK(document["code"] == "not_found");
  CHECK(document["detail"] == "no such device");
  CHECK(document["instance"] == "id-1");
  CHECK(document["type"].get<std::string>().ends_with(":not_found"));
  CHECK_FALSE(document["title"].get<std::string>().empty());
  CHECK_FALSE(document.contains("errors"));
}

TEST_CASE("each status has the header field that belongs to it") {
  CHECK_FALSE(header(problem({Errc::dependency_away, ""}, "i"), "Retry-After").empty());
  CHECK_FALSE(header(problem({Errc::overloaded, ""}, "i"), "Retry-After").empty());
  CHECK(header(problem({Errc::storage_full, ""}, "i", {{"Retry-After", "30"}}), "Retry-After") == "30");
  CHECK(header(problem({Errc::unauthorized, ""}, "i"), "WWW-Authenticate").starts_with("Bearer"));
  CHECK(header(problem({Errc::not_found, ""}, "i"), "Retry-After").empty());
}

TEST_CASE("an internal error tells nothing; bad bytes do not throw") {
  const auto document = nlohmann::json::parse(problem({Errc::internal, "secret"}, "i").body);
  CHECK_FALSE(document.contains("detail"));
  CHECK_NOTHROW(problem({Errc::bad_request, "\xff"}, "i"));
}

TEST_CASE("validation lists what is wrong") {
  const std::vector<FieldError> errors{{"/readings/0/value", "type", "must be a number"}, {"/x", "unknown", "no"}};
  const auto response = validation_problem(errors, "i");
  CHECK(response.status == 422);
  const auto document = nlohmann::json::parse(response.body);
  REQUIRE(document["errors"].size() == 2);
  CHECK(document["errors"][0]["pointer"] == "/readings/0/value");
  CHECK(document["errors"][0]["code"] == "type");
}

TEST_CASE("an answer's own header fields cannot break it apart") {
  const AnswerForm form{.request_id = "i", .client_request_id = "c"};
  const auto out = serialize(form, {.status = 200,
                                    .content_type = "text/plain",
                                    .body = "b",
                                    .headers = {{"X-Bad", "a\r\nSet-Cookie: b"}, {"Cache-Control", "private"}}});
  CHECK(out.head.find("Set-Cookie") == std::string::npos);
  CHECK(out.head.find("no-store") == std::string::npos);
  CHECK(out.head.find("X-Client-Request-Id: c\r\n") != std::string::npos);
  CHECK(out.head.ends_with("\r\n\r\nb"));
}

TEST_CASE("204 and 304 have no body and no length; HEAD has the length alone") {
  for (int status : {204, 304}) {
    const auto out = serialize({.request_id = "i", .client_request_id = {}},
                               {.status = status, .content_type = "text/plain", .body = "b", .headers = {}});
    CHECK(out.head.find("\nContent-") == std::string::npos);
    CHECK(out.head.ends_with("\r\n\r\n"));
    CHECK(out.body.empty());
  }
  const auto out = serialize({.request_id = "i", .client_request_id = {}, .head_only = true},
                             {.content_type = "text/plain", .body = std::string(100'000, 'x'), .headers = {}});
  CHECK(out.head.find("Content-Length: 100000\r\n") != std::string::npos);
  CHECK(out.head.ends_with("\r\n\r\n"));
  CHECK(out.body.empty());
}
