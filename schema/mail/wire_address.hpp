#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace epicura::mail {

// An address as it may stand in an envelope and in a header: parse_email lets it in, so it has no space, bracket,
// quote, comma or line's end; and its domain is in ASCII (IDNA 2008 with the mapping of UTS #46).
class WireAddress {
 public:
  // Absent: no address, or its domain is none that the DNS could know.
  static std::optional<WireAddress> of(std::string_view email);

  const std::string& text() const { return text_; }
  std::string_view domain() const { return std::string_view(text_).substr(text_.find('@') + 1); }
  // What stands before the @ goes beyond ASCII: only a server with SMTPUTF8 takes it (RFC 6531).
  bool needs_utf8() const;

 private:
  explicit WireAddress(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace epicura::mail
