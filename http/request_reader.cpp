#include "http/request_reader.hpp"

#include <algorithm>
#include <utility>

#include "http/problem.hpp"
#include "http/target.hpp"
#include "schema/uuid.hpp"

namespace epicura::http {

namespace {

constexpr std::size_t unrouted_body = std::size_t{64} << 10;  // what is read over for a request that is refused anyway
constexpr std::size_t keep_capacity = std::size_t{16} << 10;  // an idle connection holds no more than this

}  // namespace

ReadOutcome RequestReader::next(RequestParser& parser) {
  if (body_length_) return finish(parser);
  // One empty line before a request line is forgiven (RFC 9112, 2.2).
  if (!empty_line_skipped_ && input_.starts_with("\r\n")) {
    drop_input(2);
    empty_line_skipped_ = true;
  }
  if (!empty_line_skipped_ && input_ == "\r") return NeedsMore{};
  const auto found = scanner_.scan(std::string_view(input_).substr(0, limits_->max_head));
  if (found == HeadScanner::Found::incomplete) {
    if (input_.size() < limits_->max_head) return NeedsMore{};
    name_request();
    return refuse({Errc::headers_too_large, "head_too_large", "the request line and header fields are too long"});
  }
  name_request();
  if (found == HeadScanner::Found::refused) return refuse(scanner_.refusal());
  auto outcome = begin();
  if (!std::holds_alternative<NeedsMore>(outcome)) return outcome;
  const bool send_continue = std::exchange(continue_wanted_, false);
  if (input_.size() >= *body_length_) return finish(parser);
  return NeedsMore{send_continue};
}

void RequestReader::name_request() {
  form_ = AnswerForm{};
  form_.request_id = Uuid::v7().str();
}

ReadOutcome RequestReader::begin() {
  Head head;
  const auto refused = read_head(std::string_view(input_).substr(0, scanner_.length()), head);
  form_.client_request_id = head.client_request_id;
  form_.close = head.close || head.http_1_0;
  form_.head_only = head.method == "HEAD";
  if (refused) return refuse(*refused);

  request_ = Request{};
  verdict_ = route_request(head);
  const std::size_t most =
      std::min(limits_->max_body, request_.route != nullptr ? request_.route->max_body : unrouted_body);
  const std::uint64_t length = head.content_length.value_or(0);
  if (length > most) {
    return refuse({Errc::payload_too_large, "body_too_large", "the body is too long for this route"});
  }
  body_length_ = length;
  continue_wanted_ = head.expects_continue && !head.http_1_0;
  drop_input(scanner_.length());
  scanner_ = HeadScanner{};
  empty_line_skipped_ = false;
  return NeedsMore{};
}

// Fills request_ and raw_path_ from the head; the answer if the head alone decides it.
std::optional<Refusal> RequestReader::route_request(const Head& head) {
  if (head.method == "OPTIONS" && head.target == "*")
    return answer({.status = 204, .content_type = {}, .body = {}, .headers = {{"Allow", "GET, HEAD, POST, OPTIONS"}}});
  const auto split = split_target(head.target);
  if (!split) return answer(problem(split.error(), form_.request_id));
  const auto path = decode_path(split->path);
  if (!path) return answer(problem(path.error(), form_.request_id));

  auto matched = match(limits_->routes, head.method, *path);
  if (matched.allow.empty())
    return answer(problem({Errc::not_found, "there is nothing at this path"}, form_.request_id));
  if (head.method == "OPTIONS")
    return answer({.status = 204, .content_type = {}, .body = {}, .headers = {{"Allow", matched.allow}}});
  if (matched.route == nullptr)
    return answer(problem({Errc::method_not_allowed, "allowed here: " + matched.allow}, form_.request_id,
                          {{"Allow", matched.allow}}));

  auto query = read_query(split->query, *matched.route);
  if (!query) return answer(problem(query.error(), form_.request_id));
  if (!query->errors.empty() && matched.route->access == Access::anyone)
    return answer(validation_problem(query->errors, form_.request_id));

  raw_path_ = split->path;
  request_.method = matched.route->method;
  request_.path = std::move(matched.path);
  request_.params = std::move(matched.params);
  request_.query = std::move(query->query);
  request_.query_errors = std::move(query->errors);
  request_.authorization = head.authorization;
  request_.content_type = head.content_type;
  request_.accept = head.accept;
  request_.idempotency_key = head.idempotency_key;
  request_.if_none_match = head.if_none_match;
  request_.client_request_id = head.client_request_id;
  request_.request_id = form_.request_id;
  request_.route = matched.route;
  return std::nullopt;
}

ReadOutcome RequestReader::finish(RequestParser& parser) {
  const std::size_t length = *body_length_;
  if (input_.size() < length) return NeedsMore{};
  body_length_.reset();
  if (verdict_) {
    drop_input(length);
    return *std::exchange(verdict_, std::nullopt);
  }
  if (!parser.agrees(form_.head_only ? "HEAD" : name(request_.method), raw_path_))
    return refuse({Errc::bad_request, "parser", "the request cannot be read"});
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
  return {form_, problem({refused.code, std::string(refused.detail)}, form_.request_id), refused.reason};
}

Refusal RequestReader::answer(Response response) {
  return {form_, std::move(response), {}};
}

void RequestReader::drop_input(std::size_t length) {
  input_.erase(0, length);
  if (input_.empty() && input_.capacity() > keep_capacity) std::string().swap(input_);
}

}  // namespace epicura::http
