#pragma once
// What comes in and what goes out: a request as the handler sees it, and its answer.

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace epicura::http {

// HEAD is handed over as `get` and answered without the body; OPTIONS is answered by the front end.
enum class Method { get, post, put, patch, del };
std::string_view name(Method method);  // "GET", ...

using Pairs = std::vector<std::pair<std::string, std::string>>;

// One thing that is wrong with the input. `pointer`: a JSON pointer into the body ("/readings/0/value"), or
// "/query/<name>" for a query parameter.
struct FieldError {
  std::string pointer;
  std::string code;
  std::string detail;

  bool operator==(const FieldError&) const = default;
};

struct Route;

struct Request {
  Method method = Method::get;
  std::string path;  // decoded, without its prefix, aliases replaced: "/devices/0198..."
  Pairs params;      // from the route's pattern: {"id", "0198..."}; as the client spelled them
  Pairs query;       // decoded, in the client's order; only parameters that the route knows
  // Unknown query parameters and bad values. To be answered 422 after the caller is known and allowed (the order of
  // checks); on routes that are open to anyone the front end has answered them already.
  std::vector<FieldError> query_errors;

  std::string authorization;
  std::string content_type;
  std::string accept;
  std::string user_agent;
  std::string idempotency_key;
  std::string if_match;
  std::string if_none_match;
  std::string client_request_id;  // X-Request-Id as the client sent it, if it is [A-Za-z0-9._-]{1,64}
  bool accepts_gzip = false;      // for a handler that has its body in that form already
  std::string origin;             // of the page that asks, as the browser says
  std::string traceparent;        // the W3C's; empty if absent or not well-formed
  std::string peer_address;       // the client's, without the port; by what a trusted proxy says where it is one
  std::string body;
  std::string request_id;  // the server's own, UUIDv7; on every answer
  const Route* route = nullptr;
  std::chrono::steady_clock::time_point received{};  // when it was whole

  // The value of a path or query parameter; null if absent. Of a repeated one the first.
  const std::string* param(std::string_view key) const;
  const std::string* query_value(std::string_view key) const;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  // Beside those that the front end writes itself (Date, Content-Type, Content-Length, Connection, X-Request-Id,
  // X-Client-Request-Id, X-Content-Type-Options, Vary and Access-Control-* for what it decides, and Cache-Control:
  // no-store unless one is given here). A body with a Content-Encoding of its own is left as it is.
  Pairs headers;
  // In the place of `body`: what lives as long as the program is sent from where it is, however many read it at a time
  // and however slowly. It is neither compressed here nor given a Vary: who has it in several forms says so.
  std::string_view lasting_body = {};
};

}  // namespace epicura::http
