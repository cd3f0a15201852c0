#pragma once
// One row of the route table: method, path, operation, who may, what comes in and what goes out. Routing, checks,
// documents and tests come from it.

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "http/message.hpp"
#include "http/parameter.hpp"
#include "schema/error.hpp"

namespace epicura::http {

// What a handler switches on.
enum class Operation {
  get_health,
  get_ready,
  get_dependencies,
  get_metrics,
  get_twin,
  get_openapi,
  get_docs,
  get_docs_file,
  register_device,
  get_device,
  post_telemetry,
  get_telemetry,
};

enum class Access {
  anyone,
  signed_in,  // a person or a device with a valid token; what of it they see is the handler's to say
  device,     // the device of the path, with its own token
};

// Who holds a body against its schema.
enum class BodyCheck {
  generic,  // the request actor, before the handler is called
  handler,  // the handler's own codec, which gives a reason for each of its parts; the schema documents it
};

// An answer that is no problem document.
struct Success {
  int status = 0;  // 0: none
  std::string_view description = {};
  std::string_view schema = {};  // of http/schemas; empty: no JSON
  std::string_view content_type = "application/json";
};

struct Route {
  Method method;
  std::string_view path;  // segments in braces are parameters: "/devices/{id}/telemetry"
  Operation operation;
  std::string_view name;  // of the operation, for logs and documents: "getDevice"
  Access access;
  std::span<const Parameter> query = {};
  std::span<const Parameter> in_path = {};
  std::string_view body = {};  // its schema; empty: none is taken. The schema says whether unknown fields are refused.
  BodyCheck body_check = BodyCheck::generic;
  std::size_t max_body = 4096;  // bytes; routes that take no body ignore a small one
  std::array<Success, 2> success = {};
  std::span<const Errc> problems = {};  // beside those that every route with such access and input has
  std::string_view tag = {};
  std::string_view summary = {};  // one line
  std::string_view who = {};      // may do it, for people
};

using RouteTable = std::span<const Route>;

}  // namespace epicura::http
