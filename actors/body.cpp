#include "actors/body.hpp"

#include "http/schemas.hpp"

namespace epicura {

namespace {

// Clients of the older plans say appliance.
void rename_old_fields(Json& body) {
  const auto old = body.find("appliance_id");
  if (old == body.end() || body.contains("device_id")) return;
  Json id = std::move(*old);
  body.erase(old);
  body["device_id"] = std::move(id);
}

}  // namespace

Json read_object(std::string_view text, std::vector<http::FieldError>& errors) {
  auto parsed = parse_json(text);
  if (parsed.refused) {
    errors.push_back({"", std::string(name(*parsed.refused)),
                      *parsed.refused == Refusal::too_deep ? "nested deeper than 32" : "the body is not JSON"});
  } else if (!parsed.value.is_object()) {
    errors.push_back({"", "bad_value", "the body is not a JSON object"});
  }
  return std::move(parsed.value);
}

bool check_input(Call& call) {
  const auto& route = *call.request().route;
  if (!call.request().query_errors.empty()) {
    call.fail(call.request().query_errors);
    return false;
  }
  if (route.body.empty() || route.body_check == http::BodyCheck::handler) return true;
  if (route.body_optional && call.request().body.empty()) {
    call.set_body(Json::object());
    return true;
  }
  std::vector<http::FieldError> errors;
  auto body = read_object(call.request().body, errors);
  if (errors.empty()) {
    rename_old_fields(body);
    http::api_schemas().normalize(route.body, body);
    errors = http::api_schemas().check(route.body, body);
  }
  if (!errors.empty()) {
    call.fail(errors);
    return false;
  }
  call.set_body(std::move(body));
  return true;
}

}  // namespace epicura
