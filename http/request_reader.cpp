#include "http/request_reader.hpp"

#include <algorithm>
#include <utility>

#include "http/compression.hpp"
#include "http/forwarded.hpp"
#include "http/problem.hpp"
#include "http/rate_limit.hpp"
#include "http/target.hpp"
#include "schema/uuid.hpp"

namespace epicura::http {

namespace {

constexpr std::size_t unrouted_body = std::size_t{64} << 10;  // what is read over for a request that is refused anyway
constexpr std::size_t longest_method = 16;                    // that is shown in the log
constexpr std::size_t keep_capacity = 1024;                   // an idle connection holds no more than this

}  // namespace

RequestReader::RequestReader(const ReaderRules& rules, const IpAddress& peer)
    : rules_(&rules), peer_address_(peer.str()), behind_proxy_(contains(rules.trusted_proxies, peer)) {}

ReadOutcome RequestReader::next(RequestParser& parser) {
  if (!body_length_) {
    // One empty line before a request line is forgiven (RFC 9112, 2.2).
    if (!empty_line_skipped_ && input_.starts_with("\r\n")) {
      drop_input(2);
      empty_line_skipped_ = true;
    }
    if (!empty_line_skipped_ && input_ == "\r") return NeedsMore{};
    const auto found = scanner_.scan(std::string_view(input_).substr(0, rules_->max_head));
    if (found == HeadScanner::Found::incomplete) {
      if (input_.size() < rules_->max_head) return NeedsMore{};
      return give_up({Errc::headers_too_large, "head_too_large", "the header fields are too long"});
    }
    if (found == HeadScanner::Found::refused) return give_up(scanner_.refusal());
    if (auto refusal = begin(parser)) return *refusal;
  }
  if (input_.size() >= *body_length_) return finish();
  late_body_ = true;
  if (!std::exchange(client_waits_, false)) return NeedsMore{};
  if (!verdict_) return NeedsMore{.send_continue = true};
  // It hears the verdict now, and then may send the body or not: what follows could be either.
  verdict_->form.close = true;
  return std::move(*verdict_);
}

// The buffer grows by doubling, but not beyond the body that it is for: the longest of them would hold more than half
// as much again, and of one address there is no room for that.
void RequestReader::append(std::string_view bytes) {
  const auto needed = input_.size() + bytes.size();
  if (body_length_ && needed > input_.capacity() && needed <= *body_length_) {
    std::string grown;  // reserve() of what has a buffer already doubles it
    grown.reserve(std::min(2 * needed, *body_length_));
    grown.append(input_);
    input_.swap(grown);
  }
  input_.append(bytes);
}

void RequestReader::name_request() {
  form_ = AnswerForm{};
  form_.request_id = Uuid::v7().str();
  form_.received = std::chrono::steady_clock::now();
}

Refusal RequestReader::give_up(const Refused& why) {
  if (!body_length_) {
    name_request();
    Head head;
    read_fields(std::string_view(input_).substr(0, rules_->max_head), head);
    note_client(head);
  }
  return refuse(why);
}

// Who asks, and by what name.
void RequestReader::note_client(const Head& head) {
  form_.client_request_id = head.client_request_id;
  request_.peer_address = peer_address_;
  came_by_proxy_ = behind_proxy_ && !head.forwarded_for.empty();
  if (!came_by_proxy_) return;
  if (const auto client = forwarded_client(head.forwarded_for, rules_->trusted_proxies))
    request_.peer_address = client->str();
}

std::optional<Refusal> RequestReader::begin(RequestParser& parser) {
  name_request();
  Head head;
  const auto refused = read_head(std::string_view(input_).substr(0, scanner_.length()), head);
  note_client(head);
  form_.close = head.close || head.http_1_0;
  form_.head_only = head.method == "HEAD";
  form_.method = head.method.substr(0, longest_method);
  form_.gzip = wants_gzip(head.accept_encoding);
  form_.vary_origin = rules_->cors.depends_on_origin();
  form_.allow_origin = rules_->cors.allowed(head.origin);
  if (refused) return refuse(*refused);

  verdict_ = route_request(head, parser);
  if (verdict_ && verdict_->form.close) return std::exchange(verdict_, std::nullopt);
  const std::size_t most = form_.route != nullptr ? form_.route->max_body : unrouted_body;
  const std::uint64_t length = head.content_length.value_or(0);
  if (length > most) return refuse({Errc::payload_too_large, "body_too_large", "the body is too long for this route"});
  body_length_ = length;
  client_waits_ = (head.expects_continue || head.expects_other) && !head.http_1_0;
  drop_input(scanner_.length());
  scanner_ = HeadScanner{};
  empty_line_skipped_ = false;
  return std::nullopt;
}

// The answer if the head alone decides it; else every field of request_ is set from the head but the body.
std::optional<Refusal> RequestReader::route_request(const Head& head, RequestParser& parser) {
  if (head.expects_other && !head.http_1_0)
    return answer(problem({Errc::expectation_failed, "only 100-continue is known here"}, form_.request_id));
  if (head.method == "OPTIONS" && head.target == "*")
    return answer({.status = 204, .content_type = {}, .body = {}, .headers = {{"Allow", "GET, HEAD, POST, OPTIONS"}}});
  const auto split = split_target(head.target);
  if (!split) return answer(problem(split.error(), form_.request_id));
  const auto path = decode_path(split->path);
  if (!path) return answer(problem(path.error(), form_.request_id));

  auto matched = match(rules_->routes, head.method, *path);
  if (matched.route == nullptr && matched.allow.empty())
    return answer(problem({Errc::not_found, "there is nothing at this path"}, form_.request_id));
  if (head.method == "OPTIONS") {
    Pairs fields;
    if (!form_.allow_origin.empty() && !head.requested_method.empty()) fields = preflight_fields(matched.allow);
    fields.emplace_back("Allow", matched.allow);
    return answer({.status = 204, .content_type = {}, .body = {}, .headers = std::move(fields)});
  }
  if (matched.route == nullptr)
    return answer(problem({Errc::method_not_allowed, "allowed here: " + matched.allow}, form_.request_id,
                          {{"Allow", matched.allow}}));
  form_.route = matched.route;
  if (!parser.agrees(head.method, split->path))
    return refuse({Errc::bad_request, "parser", "the request cannot be read"});

  auto query = read_query(split->query, *matched.route);
  if (!query) return answer(problem(query.error(), form_.request_id));
  if (!query->errors.empty() && matched.route->access == Access::anyone)
    return answer(validation_problem(query->errors, form_.request_id));

  request_.method = matched.route->method;
  request_.path = std::move(matched.path);
  request_.params = std::move(matched.params);
  request_.query = std::move(query->query);
  request_.query_errors = std::move(query->errors);
  request_.route = matched.route;
  take_fields(head);
  return std::nullopt;
}

void RequestReader::take_fields(const Head& head) {
  request_.authorization = head.authorization;
  request_.content_type = head.content_type;
  request_.accept = head.accept;
  request_.user_agent = head.user_agent;
  request_.idempotency_key = head.idempotency_key;
  request_.if_match = head.if_match;
  request_.if_none_match = head.if_none_match;
  request_.client_request_id = head.client_request_id;
  request_.accepts_gzip = form_.gzip;
  request_.origin = head.origin;
  request_.traceparent = head.traceparent;
  request_.request_id = form_.request_id;
  request_.received = form_.received;
}

// The whole body is there.
ReadOutcome RequestReader::finish() {
  const std::size_t length = *std::exchange(body_length_, std::nullopt);
  client_waits_ = false;
  // However long the client took to send it: the time in which it is to be answered begins now.
  if (std::exchange(late_body_, false)) {
    form_.received = request_.received = std::chrono::steady_clock::now();
    if (verdict_) verdict_->form.received = form_.received;
  }
  if (verdict_) {
    drop_input(length);
    return *std::exchange(verdict_, std::nullopt);
  }
  if (input_.size() == length) {
    request_.body = std::exchange(input_, {});
  } else {
    request_.body.assign(input_, 0, length);
    drop_input(length);
  }
  return Incoming{std::move(request_), std::move(form_)};
}

Refusal RequestReader::refuse(const Refused& refused) {
  form_.close = true;
  auto refusal = answer(problem({refused.code, std::string(refused.detail)}, form_.request_id));
  refusal.reason = refused.reason;
  return refusal;
}

Refusal RequestReader::answer(Response response) const {
  if (rules_->standing) add_rate_limit(response.headers, rules_->standing(request_.peer_address));
  return {form_, std::move(response), {}};
}

void RequestReader::drop_input(std::size_t length) {
  input_.erase(0, length);
  if (input_.empty() && input_.capacity() > keep_capacity) std::string().swap(input_);
}

}  // namespace epicura::http
