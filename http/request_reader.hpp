#pragma once
// From a connection's bytes to requests, one at a time and in order. Knows no socket: bytes in, requests or refusals
// out.

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "http/answer.hpp"
#include "http/head.hpp"
#include "http/message.hpp"
#include "http/request_parser.hpp"
#include "http/route_table.hpp"

namespace epicura::http {

struct ReaderLimits {
  RouteTable routes;
  std::size_t max_head = std::size_t{16} << 10;
  std::size_t max_body = std::size_t{1} << 20;  // a route may have less
};

struct NeedsMore {
  bool send_continue = false;  // the client waits for "100 Continue" before it sends the body
};
// For the handler.
struct Incoming {
  Request request;
  AnswerForm form;
};
// Answered by the front end. `form.close`: what follows on the connection cannot be trusted or is too long to read.
struct Refusal {
  AnswerForm form;
  Response response;
  std::string_view reason;  // of refused input; empty for a plain 404, 405, 422 or 204
};
using ReadOutcome = std::variant<NeedsMore, Incoming, Refusal>;

class RequestReader {
 public:
  explicit RequestReader(const ReaderLimits& limits) : limits_(&limits) {}

  void append(std::string_view bytes) { input_.append(bytes); }
  // The next request of what is there. After a Refusal with `close`, not to be called again.
  ReadOutcome next(RequestParser& parser);
  bool midway() const { return body_length_.has_value() || !input_.empty(); }  // part of a request is there

 private:
  void name_request();
  ReadOutcome begin();  // a complete head is at the front of input_
  ReadOutcome finish(RequestParser& parser);
  std::optional<Refusal> route_request(const Head& head);
  Refusal refuse(const Refused& refused);
  Refusal answer(Response response);
  void drop_input(std::size_t length);

  const ReaderLimits* limits_;
  std::string input_;
  HeadScanner scanner_;
  bool empty_line_skipped_ = false;

  // Of the request whose head has been read.
  std::optional<std::size_t> body_length_;
  std::string raw_path_;
  Request request_;
  AnswerForm form_;
  std::optional<Refusal> verdict_;  // decided by the head alone, given when the body has been read
  bool continue_wanted_ = false;
};

}  // namespace epicura::http
