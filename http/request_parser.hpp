#pragma once
// Pistache's parser behind the head check, as a second opinion on each request line. It is fed a head written anew
// from what the head check has understood, never the client's own spelling: so the two cannot see different requests,
// and the parsing of its typed header classes, which throws on much that clients legally send, is not reached. Bodies
// go past it: it walks them byte by byte (60 % of a worker's time at 50 kB), to cut them at the length that is known.

#include <pistache/http.h>

#include <array>
#include <string>
#include <string_view>

namespace epicura::http {

// One a worker. It only ever gets whole heads, so the parser keeps nothing between them; what it has agreed to is
// remembered, since clients ask for the same again and again, and its word is a sixth of what a small request costs.
class RequestParser {
 public:
  explicit RequestParser(std::size_t max_head) : parser_(max_head + 64) {}

  // Whether the parser sees exactly this request. `path`: still encoded, without the query.
  bool agrees(std::string_view method, std::string_view path);

 private:
  Pistache::Http::RequestParser parser_;
  std::string head_;
  std::array<std::string, 256> agreed_;  // by hash: the last one there
};

}  // namespace epicura::http
