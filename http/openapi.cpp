#include "http/openapi.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "http/schemas.hpp"

namespace epicura::http {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view schema_place = "#/components/schemas/";

constexpr std::string_view about = R"(The cloud behind pots that cook by themselves.

Every path answers under `/api/v1`, under `/api` and bare, and is the same resource there; `/appliances` is `/devices`.
Query parameters are read in `snake_case` and in `camelCase`. Times are RFC 3339, UTC, with milliseconds; ids are UUIDs,
read in any case. Errors are problem documents (RFC 9457); `X-Request-Id` is on every answer, and where requests are
limited `RateLimit-*` on every answer to who is counted. A path answers HEAD where it
answers GET.


An API key is a bearer token like any other. It acts for its user, as a user and never as an admin, and only in operations
that name a scope which it has.)";

struct Tag {
  std::string_view name;
  std::string_view description;
};
constexpr Tag tags[] = {
    {"auth", "Accounts: registering, signing in and out."},
    {"users", "A person's own account: profile, password, address, sessions, second factor, export, deletion."},
    {"devices", "Registration, and devices as they are."},
    {"telemetry", "Readings, in and out."},
    {"admin", "What admins look through, and what they do to others' accounts, to jobs and to dead letters."},
    {"media", "Images: put to a signed URL, and fetched."},
    {"operations", "What operators, load balancers and clients' tools ask."},
};

Json reference(std::string_view name) {
  return {{"$ref", std::string(schema_place) + std::string(name)}};
}

Json parameter_json(const Parameter& parameter, std::string_view place) {
  Json out{{"name", parameter.name}, {"in", place}, {"description", parameter.description}};
  out["required"] = place == "path";
  const auto schema = schema_of(parameter);
  out["schema"] = parameter.repeatable ? Json{{"type", "array"}, {"items", schema}} : schema;
  if (!parameter.example.empty()) {
    const auto example =
        parameter.kind == Parameter::Kind::integer ? Json::parse(parameter.example) : Json(parameter.example);
    out["example"] = parameter.repeatable ? Json::array({example}) : example;
  }
  return out;
}

Json content_json(std::string_view type, std::string_view schema_name, const Schemas& schemas) {
  if (schema_name.empty()) return {{std::string(type), Json::object()}};
  Json content{{"schema", reference(schema_name)}};
  const auto& schema = schemas.all().at(std::string(schema_name));
  if (schema.contains("examples")) content["example"] = schema["examples"][0];
  return {{std::string(type), std::move(content)}};
}

// The problems of an operation: those of its access and input, those that any request can meet, and its own.
std::set<Errc> problems_of(const Route& route) {
  std::set<Errc> all{Errc::bad_request, Errc::validation,      Errc::headers_too_large, Errc::overloaded,
                     Errc::deadline,    Errc::dependency_away, Errc::internal};
  if (route.access != Access::anyone) all.insert(Errc::unauthorized);
  if (route.access != Access::anyone) all.insert(Errc::forbidden);  // at least to some API keys
  if (route.counts != Counts::nothing) all.insert(Errc::quota);
  if (route.access == Access::admin) all.insert(Errc::mfa_enrollment_required);
  if (route.access == Access::device || route.object != Object::none) all.insert(Errc::not_found);
  if (route.fresh) all.insert(Errc::reauthentication_required);
  if (route.verified) all.insert(Errc::email_unverified);
  if (route.idempotency != Idempotency::none) all.insert({Errc::in_progress, Errc::key_reused, Errc::already_done});
  if (!route.body.empty() || !route.body_types.empty()) all.insert({Errc::length_required, Errc::payload_too_large});
  all.insert(route.problems.begin(), route.problems.end());
  return all;
}

// The response component that stands for these problems of one status: "Problem503".
std::string problem_name(int status) {
  return fmt::format("Problem{}", status);
}

void add_rate_limit_headers(Json& headers) {
  for (const std::string name : {"Limit", "Remaining", "Reset", "Policy"})
    headers["RateLimit-" + name] = {{"$ref", "#/components/headers/RateLimit" + name}};
}

Json responses_json(const Route& route, const Schemas& schemas) {
  std::map<int, Json> by_status;
  for (const auto code : problems_of(route)) {
    const int status = facts(code).http_status;
    by_status[status] = {{"$ref", "#/components/responses/" + problem_name(status)}};
  }
  for (const auto& success : route.success) {
    if (success.status == 0) continue;
    Json response{{"description", success.description},
                  {"headers", {{"X-Request-Id", {{"$ref", "#/components/headers/RequestId"}}}}}};
    if (route.counts != Counts::nothing) add_rate_limit_headers(response["headers"]);
    if (success.status != 304 && success.status != 204) {
      auto content = content_json(success.content_type, success.schema, schemas);
      if (by_status.count(success.status) != 0)  // 503 by the handler, or by the house around it
        content["application/problem+json"] = {{"schema", reference("Problem")}};
      response["content"] = std::move(content);
    }
    by_status[success.status] = std::move(response);
  }
  Json out = Json::object();
  for (auto& [status, response] : by_status) out[std::to_string(status)] = std::move(response);
  return out;
}

std::string description_of(const Route& route) {
  auto out = fmt::format("Who may: {}.", route.who);
  if (route.scope) out += fmt::format(" An API key of theirs needs the scope `{}`.", name(*route.scope));
  return out;
}

Json operation_json(const Route& route, const Schemas& schemas) {
  Json out{{"operationId", route.name},
           {"tags", Json::array({route.tag})},
           {"summary", route.summary},
           {"description", description_of(route)}};
  if (route.access == Access::anyone) {
    out["security"] = Json::array();
    if (!route.optional_token.empty()) out["security"] = {{{route.optional_token, Json::array()}}, Json::object()};
  } else {
    out["security"] = Json::array({{{route.access == Access::device ? "device" : "bearer", Json::array()}}});
    if (route.access == Access::signed_in) out["security"].push_back({{"device", Json::array()}});
  }
  Json parameters = Json::array();
  for (const auto& parameter : route.in_path) parameters.push_back(parameter_json(parameter, "path"));
  for (const auto& parameter : route.query) parameters.push_back(parameter_json(parameter, "query"));
  if (route.idempotency != Idempotency::none)
    parameters.push_back({{"$ref", "#/components/parameters/IdempotencyKey"}});
  if (!parameters.empty()) out["parameters"] = std::move(parameters);
  if (!route.body.empty())
    out["requestBody"] = {{"required", !route.body_optional},
                          {"content", content_json("application/json", route.body, schemas)}};
  if (!route.body_types.empty()) {
    Json content = Json::object();
    for (const auto type : route.body_types) content[std::string(type)] = Json::object();
    out["requestBody"] = {{"required", true}, {"content", std::move(content)}};
  }
  out["responses"] = responses_json(route, schemas);
  return out;
}

// One response for each status that is ever a problem's; its description lists the codes.
Json problem_responses(RouteTable table) {
  std::set<Errc> met;
  for (const auto& route : table) met.merge(problems_of(route));
  std::map<int, std::vector<Errc>> by_status;
  for (const auto code : met) by_status[facts(code).http_status].push_back(code);
  Json out = Json::object();
  for (const auto& [status, codes] : by_status) {
    std::string description;
    Json examples = Json::object();
    for (const auto code : codes) {
      const auto& what = facts(code);
      description += fmt::format("{}`{}`: {}", description.empty() ? "" : "; ", what.name, what.title);
      examples[std::string(what.name)] = {{"value",
                                           {{"type", fmt::format("urn:epicura:problem:{}", what.name)},
                                            {"title", what.title},
                                            {"status", status},
                                            {"instance", "0198c0de-5a10-7000-8000-00000000beef"},
                                            {"code", what.name}}}};
    }
    Json headers{{"X-Request-Id", {{"$ref", "#/components/headers/RequestId"}}}};
    if (status == 429 || status == 503) headers["Retry-After"] = {{"$ref", "#/components/headers/RetryAfter"}};
    if (status == 429) add_rate_limit_headers(headers);
    if (status == 401) headers["WWW-Authenticate"] = {{"$ref", "#/components/headers/Challenge"}};
    out[problem_name(status)] = {
        {"description", description + "."},
        {"headers", std::move(headers)},
        {"content", {{"application/problem+json", {{"schema", reference("Problem")}, {"examples", examples}}}}}};
  }
  return out;
}

// The schemas that `part` refers to, and those that they refer to.
void add_used(const Json& part, const Schemas& schemas, std::set<std::string>& used) {
  if (part.is_object() && part.contains("$ref") && part["$ref"].is_string()) {
    const auto target = part["$ref"].get<std::string>();
    if (target.starts_with(schema_place)) {
      const auto name = target.substr(schema_place.size());
      if (used.insert(name).second) add_used(schemas.all().at(name), schemas, used);
    }
  }
  if (part.is_structured())
    for (const auto& next : part) add_used(next, schemas, used);
}

Json header_json(std::string_view description, std::string_view type) {
  return {{"description", description}, {"schema", {{"type", type}}}};
}

Json token_json(std::string_view form, std::string_view description) {
  return {{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", form}, {"description", description}};
}

}  // namespace

std::string openapi_document(RouteTable table, const Schemas& schemas) {
  Json document{
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "Epicura Cloud"},
        {"version", "1"},
        {"description", about},
        {"license", {{"name", "Proprietary"}, {"identifier", "LicenseRef-Proprietary"}}}}},
      {"servers", Json::array({{{"url", "/api/v1"}, {"description", "this version"}},
                               {{"url", "/api"}, {"description", "the same, in the spelling of older clients"}},
                               {{"url", "/"}, {"description", "the same, bare"}}})}};
  document["tags"] = Json::array();
  for (const auto& tag : tags) document["tags"].push_back({{"name", tag.name}, {"description", tag.description}});
  Json& paths = document["paths"] = Json::object();
  for (const auto& route : table) {
    std::string method(name(route.method));
    std::transform(method.begin(), method.end(), method.begin(), [](unsigned char c) { return std::tolower(c); });
    paths[std::string(route.path)][method] = operation_json(route, schemas);
  }
  Json responses = problem_responses(table);
  std::set<std::string> used;
  add_used(paths, schemas, used);
  add_used(responses, schemas, used);
  Json used_schemas = Json::object();
  for (const auto& schema_name : used) used_schemas[schema_name] = schemas.all().at(schema_name);
  document["components"] = {
      {"securitySchemes",
       {{"bearer", token_json("JWT", "a person's access token, or where an operation names a scope an API key")},
        {"device", token_json("opaque", "the device_token that a device got when it registered")}}},
      {"parameters",
       {{"IdempotencyKey",
         {{"name", "Idempotency-Key"},
          {"in", "header"},
          {"description",
           "made up by the client: the request may be sent again with it for 24 hours, and is carried out once"},
          {"schema", {{"type", "string"}, {"pattern", "^[!-~]{1,255}$"}}}}}}},
      {"headers",
       {{"RequestId", header_json("the request's id, a UUID", "string")},
        {"RetryAfter", header_json("seconds", "integer")},
        {"RateLimitLimit", header_json("requests that are let through within the policy's time", "integer")},
        {"RateLimitRemaining", header_json("requests that are left of them", "integer")},
        {"RateLimitReset", header_json("seconds until there are more", "integer")},
        {"RateLimitPolicy", header_json("the limit, and its time in seconds: 100;w=60", "string")},
        {"Challenge", header_json("Bearer", "string")}}},
      {"schemas", std::move(used_schemas)},
      {"responses", std::move(responses)}};
  return document.dump();
}

std::string route_index(RouteTable table) {
  std::string out = "| Method and path | Who | What |\n|---|---|---|\n";
  for (const auto& route : table)
    out += fmt::format("| `{} {}` | {} | {} |\n", name(route.method), route.path, route.who, route.summary);
  return out;
}

}  // namespace epicura::http
