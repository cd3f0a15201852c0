#pragma once
// The head check: what a request line and its header fields may look like, decided before anything else reads them.
// Stricter than RFC 9112 where laxness lets two readers see two different requests. Pure.

#include <cstdint>
#include <optional>
#include <string_view>

#include "schema/error.hpp"

namespace epicura::http {

// Why input is refused before it is a request. `reason` labels the counter; the connection is closed after the answer.
struct Refused {
  Errc code;
  std::string_view reason;
  std::string_view detail;
};

// Longer request lines are refused with 414.
inline constexpr std::size_t max_request_line = std::size_t{8} << 10;

// Finds the end of a head as its bytes come in, each looked at once. Refuses control characters, a line feed without
// its carriage return and the reverse, first bytes that begin no request line (a TLS hello, say), and a request line
// that is too long.
class HeadScanner {
 public:
  enum class Found { incomplete, complete, refused };
  // `bytes`: all that is there, from the head's first byte on; goes on where it stopped.
  Found scan(std::string_view bytes);
  std::size_t length() const { return at_; }  // of the complete head, with the empty line
  const Refused& refusal() const { return refusal_; }

 private:
  Found refuse(const Refused& refusal);

  std::size_t at_ = 0;
  std::size_t line_length_ = 0;
  bool in_request_line_ = true;
  bool after_cr_ = false;
  Refused refusal_{};
};

// Views into the head's bytes.
struct Head {
  std::string_view method;
  std::string_view target;
  bool http_1_0 = false;
  bool close = false;  // Connection: close
  bool expects_continue = false;
  bool expects_other = false;  // something that nobody here can do
  bool has_host = false;
  std::optional<std::uint64_t> content_length;  // saturates
  std::string_view authorization, content_type, accept, idempotency_key, if_match, if_none_match, user_agent;
  std::string_view origin, requested_method;  // the latter: Access-Control-Request-Method
  std::string_view accept_encoding, forwarded_for;
  std::string_view client_request_id, traceparent;  // legal or empty
};

// `bytes`: a complete head as the scanner found it. On refusal `head` keeps what was read before.
std::optional<Refused> read_head(std::string_view bytes, Head& head);

// Of a head that is given up, whatever there is of it: the fields of its complete lines, as far as they can be read.
void read_fields(std::string_view bytes, Head& head);

}  // namespace epicura::http
