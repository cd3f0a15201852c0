#include "http/head.hpp"

#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include "http/traceparent.hpp"
#include "schema/list.hpp"

namespace epicura::http {

namespace {

constexpr int max_fields = 100;

// The characters of a method or a field name (RFC 9110, token).
constexpr auto token_characters = [] {
  std::array<bool, 256> legal{};
  for (unsigned char c = '0'; c <= '9'; ++c) legal[c] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c) legal[c] = true;
  for (unsigned char c = 'A'; c <= 'Z'; ++c) legal[c] = true;
  for (char c : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'})
    legal[static_cast<unsigned char>(c)] = true;
  return legal;
}();

bool is_token(std::string_view text) {
  for (unsigned char c : text)
    if (!token_characters[c]) return false;
  return !text.empty();
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// `wanted` in lower case.
bool is(std::string_view text, std::string_view wanted) {
  if (text.size() != wanted.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (lower(text[i]) != wanted[i]) return false;
  return true;
}

bool lists(std::string_view value, std::string_view wanted) {
  bool found = false;
  for_items(value, [&](std::string_view item) { found = found || is(item, wanted); });
  return found;
}

bool is_request_id(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  for (char c : text)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
          c == '-'))
      return false;
  return true;
}

Refused garbage(std::string_view detail) {
  return {Errc::bad_request, "garbage", detail};
}

std::optional<Refused> bad(std::string_view reason, std::string_view detail) {
  return Refused{Errc::bad_request, reason, detail};
}

// A field that may come once only: which of two counts is what two readers may see differently.
std::optional<Refused> set_once(std::string_view& field, std::string_view value) {
  if (!field.empty()) return bad("doubled_field", "a header field is there twice");
  field = value;
  return std::nullopt;
}

std::optional<Refused> read_length(std::string_view value, Head& head) {
  if (head.content_length) return bad("bad_length", "Content-Length is there twice");
  if (value.empty()) return bad("bad_length", "Content-Length is empty");
  std::uint64_t length = 0;
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  for (char c : value) {
    if (c < '0' || c > '9') return bad("bad_length", "Content-Length is not a number of digits");
    const auto digit = static_cast<std::uint64_t>(c - '0');
    length = length > (most - digit) / 10 ? most : length * 10 + digit;
  }
  head.content_length = length;
  return std::nullopt;
}

std::optional<Refused> read_field(std::string_view name, std::string_view value, Head& head) {
  switch (name.size()) {  // most names of a browser's head are told apart by their length alone
    case 4:
      if (is(name, "host")) {
        if (head.has_host) return bad("doubled_field", "Host is there twice");
        head.has_host = true;
      }
      break;
    case 6:
      if (is(name, "accept") && head.accept.empty()) head.accept = value;
      if (is(name, "expect")) (is(value, "100-continue") ? head.expects_continue : head.expects_other) = true;
      if (is(name, "origin")) return set_once(head.origin, value);
      break;
    case 8:
      if (is(name, "if-match") && head.if_match.empty()) head.if_match = value;
      break;
    case 10:
      if (is(name, "user-agent") && head.user_agent.empty()) head.user_agent = value;
      if (is(name, "connection")) head.close = head.close || lists(value, "close");
      break;
    case 11:
      // Where it is there twice, neither is to be believed.
      if (is(name, "traceparent"))
        head.traceparent = head.traceparent.empty() && is_traceparent(value) ? value : std::string_view();
      break;
    case 12:
      if (is(name, "content-type")) return set_once(head.content_type, value);
      if (is(name, "x-request-id") && is_request_id(value)) head.client_request_id = value;
      break;
    case 13:
      if (is(name, "authorization")) return set_once(head.authorization, value);
      if (is(name, "if-none-match") && head.if_none_match.empty()) head.if_none_match = value;
      break;
    case 14:
      if (is(name, "content-length")) return read_length(value, head);
      break;
    case 15:
      if (is(name, "idempotency-key")) return set_once(head.idempotency_key, value);
      if (is(name, "accept-encoding") && head.accept_encoding.empty()) head.accept_encoding = value;
      if (is(name, "x-forwarded-for")) head.forwarded_for = value;  // of several, the last proxy's
      break;
    case 17:
      if (is(name, "transfer-encoding"))
        return Refused{Errc::length_required, "transfer_encoding", "send the body with a Content-Length"};
      break;
    case 19:
      if (is(name, "x-client-request-id") && head.client_request_id.empty() && is_request_id(value))
        head.client_request_id = value;
      break;
    case 29:
      if (is(name, "access-control-request-method")) head.requested_method = value;
      break;
    default:
      break;
  }
  return std::nullopt;
}

std::optional<Refused> read_request_line(std::string_view line, Head& head) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return bad("bad_request_line", "not METHOD target HTTP/1.1");
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!is_token(head.method) || head.method.size() > 32) return bad("bad_request_line", "not a method");
  for (unsigned char c : head.target)
    if (c <= ' ' || c >= 0x7f) return bad("bad_request_line", "the target has characters that must be escaped");
  if (version == "HTTP/1.0") {
    head.http_1_0 = true;
  } else if (version != "HTTP/1.1") {
    return bad("bad_version", "only HTTP/1.1 and HTTP/1.0 are spoken here");
  }
  return std::nullopt;
}

// Whether none of these 8 bytes is a control character (the usual tricks on whole words; a tab counts as one).
bool are_plain(const char* bytes) {
  constexpr std::uint64_t ones = 0x0101010101010101, tops = ones << 7;
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  const std::uint64_t no_delete = word ^ (ones * 0x7f);
  return ((((word - ones * 0x20) & ~word) | ((no_delete - ones) & ~no_delete)) & tops) == 0;
}

}  // namespace

HeadScanner::Found HeadScanner::refuse(const Refused& refusal) {
  refusal_ = refusal;
  return Found::refused;
}

HeadScanner::Found HeadScanner::scan(std::string_view bytes) {
  while (at_ < bytes.size()) {
    if (at_ > 0 && !after_cr_ && bytes.size() - at_ >= 8 && line_length_ + 8 <= max_request_line &&
        are_plain(bytes.data() + at_)) {
      at_ += 8;
      line_length_ += 8;
      continue;
    }
    const auto c = static_cast<unsigned char>(bytes[at_]);
    if (at_ == 0 && (c < 'A' || c > 'Z')) return refuse(garbage("not a request line"));
    ++at_;
    if (c == '\n') {
      if (!after_cr_) return refuse(garbage("a line feed without a carriage return"));
      after_cr_ = false;
      if (line_length_ == 0) return Found::complete;
      line_length_ = 0;
      in_request_line_ = false;
      continue;
    }
    if (after_cr_) return refuse(garbage("a carriage return without a line feed"));
    if (c == '\r') {
      after_cr_ = true;
      continue;
    }
    if ((c < ' ' && c != '\t') || c == 0x7f) return refuse(garbage("a control character"));
    if (++line_length_ > max_request_line && in_request_line_)
      return refuse({Errc::uri_too_long, "line_too_long", "the request line is too long"});
  }
  return Found::incomplete;
}

std::optional<Refused> read_head(std::string_view bytes, Head& head) {
  auto take_line = [&bytes] {
    const auto end = bytes.find("\r\n");
    const auto line = bytes.substr(0, end);
    bytes.remove_prefix(end + 2);
    return line;
  };
  // A refusal waits until all fields are read, so that its answer can carry the client's own request id.
  std::optional<Refused> refused = read_request_line(take_line(), head);
  int fields = 0;
  for (auto line = take_line(); !line.empty(); line = take_line()) {
    if (++fields > max_fields) return Refused{Errc::headers_too_large, "head_too_large", "too many header fields"};
    const auto colon = line.find(':');
    std::optional<Refused> wrong;
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
      wrong = bad("bad_field", "a header field is not `name: value`");  // this is also a folded line, or ` :`
    } else {
      wrong = read_field(line.substr(0, colon), trimmed(line.substr(colon + 1)), head);
    }
    if (wrong && !refused) refused = wrong;
  }
  if (refused) return refused;
  if (!head.http_1_0 && !head.has_host) return bad("no_host", "Host is missing");
  return std::nullopt;
}

void read_fields(std::string_view bytes, Head& head) {
  bool in_request_line = true;
  for (auto end = bytes.find("\r\n"); end != std::string_view::npos; end = bytes.find("\r\n")) {
    const auto line = bytes.substr(0, end);
    bytes.remove_prefix(end + 2);
    if (std::exchange(in_request_line, false)) continue;
    if (line.empty()) return;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    [[maybe_unused]] const auto wrong = read_field(line.substr(0, colon), trimmed(line.substr(colon + 1)), head);
  }
}

}  // namespace epicura::http
