#include "http/problem.hpp"

#include <nlohmann/json.hpp>

namespace epicura::http {

namespace {

void add_unless_given(Pairs& headers, std::string_view name, std::string_view value) {
  for (const auto& header : headers)
    if (header.first == name) return;
  headers.emplace_back(name, value);
}

}  // namespace

Response problem(const Error& error, std::string_view request_id, Pairs headers) {
  return problem(error, request_id, {}, std::move(headers));
}

Response problem(const Error& error, std::string_view request_id, std::span<const FieldError> errors, Pairs headers) {
  const ErrorFacts& what = facts(error.code);
  nlohmann::ordered_json document;
  document["type"] = "urn:epicura:problem:" + std::string(what.name);
  document["title"] = what.title;
  document["status"] = what.http_status;
  if (!error.detail.empty() && error.code != Errc::internal) document["detail"] = error.detail;
  document["instance"] = request_id;
  document["code"] = what.name;
  if (!errors.empty()) {
    auto& list = document["errors"] = nlohmann::ordered_json::array();
    for (const FieldError& field : errors)
      list.push_back({{"pointer", field.pointer}, {"code", field.code}, {"detail", field.detail}});
  }

  if (what.http_status == 429 || what.http_status == 503) add_unless_given(headers, "Retry-After", "2");
  if (what.http_status == 401) add_unless_given(headers, "WWW-Authenticate", "Bearer realm=\"epicura\"");
  return {.status = what.http_status,
          .content_type = "application/problem+json",
          .body = document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace),
          .headers = std::move(headers)};
}

Response validation_problem(std::span<const FieldError> errors, std::string_view request_id) {
  return problem({Errc::validation, errors.empty() ? std::string() : errors.front().detail}, request_id, errors);
}

}  // namespace epicura::http
