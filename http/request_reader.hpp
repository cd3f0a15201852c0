#pragma once
// From a connection's bytes to requests, one at a time and in order. Knows no socket: bytes in, requests or refusals
// out.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "http/answer.hpp"
#include "http/cors.hpp"
#include "http/head.hpp"
#include "http/message.hpp"
#include "http/request_parser.hpp"
#include "http/route_table.hpp"
#include "schema/ip_address.hpp"
#include "schema/quota.hpp"

namespace epicura::http {

// The same for all connections of a server.
struct ReaderRules {
  RouteTable routes;
  std::size_t max_head = std::size_t{16} << 10;
  CorsPolicy cors = {};
  AddressBlocks trusted_proxies = {};
  std::function<Quota::Standing(const std::string&)> standing = {};  // with a quota, of an address; none: there is none
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
  std::string_view reason;  // of refused input; empty for a plain 404, 405, 417, 422 or 204
};
using ReadOutcome = std::variant<NeedsMore, Incoming, Refusal>;

class RequestReader {
 public:
  RequestReader(const ReaderRules& rules, const IpAddress& peer);

  void append(std::string_view bytes);
  // The next request of what is there. After a Refusal with `close`, not to be called again.
  ReadOutcome next(RequestParser& parser);
  bool midway() const { return body_length_.has_value() || !input_.empty(); }  // part of a request is there
  // Of the request that next() or give_up() refused: the client's address, by what a trusted proxy says where it is
  // one.
  const std::string& client_address() const { return request_.peer_address; }
  // The request that was read last was handed on by a trusted proxy.
  bool came_by_proxy() const { return came_by_proxy_; }
  std::size_t buffered() const { return input_.capacity(); }  // bytes of memory
  // The request that is midway is answered so, whatever of it may still come. Not to be called again after it.
  Refusal give_up(const Refused& why);

 private:
  void name_request();
  std::optional<Refusal> begin(RequestParser& parser);  // a complete head is at the front of input_
  ReadOutcome finish();
  std::optional<Refusal> route_request(const Head& head, RequestParser& parser);
  void note_client(const Head& head);
  void take_fields(const Head& head);
  Refusal refuse(const Refused& refused);
  Refusal answer(Response response) const;
  void drop_input(std::size_t length);

  const ReaderRules* rules_;
  std::string peer_address_;
  bool behind_proxy_;
  bool came_by_proxy_ = false;
  std::string input_;
  HeadScanner scanner_;
  bool empty_line_skipped_ = false;

  // Of the request whose head has been read.
  std::optional<std::size_t> body_length_;
  Request request_;
  AnswerForm form_;
  std::optional<Refusal> verdict_;  // decided by the head alone, given when the body has been read
  bool late_body_ = false;          // it did not come with the head
  bool client_waits_ = false;       // for a word before it sends the body
};

}  // namespace epicura::http
