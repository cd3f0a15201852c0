#include "bridge/incoming.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include <doctest/doctest.h>

namespace epicura::bridge::test {
namespace {

struct Pair {
  Pair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0); }
  ~Pair() {
    ::close(ends[0]);
    hang_up();
  }
  void say(const std::string& bytes) const {
    REQUIRE(::send(ends[1], bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  void hang_up() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }
  int ends[2];
};

std::string packet(char head, const std::string& body) {
  std::string out{head};
  std::size_t left = body.size();
  do {
    out += static_cast<char>((left & 0x7F) | (left > 0x7F ? 0x80 : 0));
    left >>= 7;
  } while (left != 0);
  return out + body;
}

TEST_CASE("packets come out whole, however the bytes come in") {
  const std::string bodies[] = {"", "x", std::string(127, 'a'), std::string(128, 'b'), std::string(70'000, 'c')};
  std::string stream;
  for (const auto& body : bodies) stream += packet('\x30', body);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{4'096}}) {
    Pair pair;
    Incoming incoming;
    std::vector<std::string> seen;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      pair.say(stream.substr(at, piece));
      CHECK(incoming.fill(pair.ends[0]) == Incoming::Filled::bytes);
      while (incoming.fill(pair.ends[0]) == Incoming::Filled::bytes) {
      }  // what did not fit into the buffer before it grew
      while (incoming.holds_packet()) {
        const auto next = incoming.next();
        REQUIRE(next);
        CHECK(next->head == 0x30);
        seen.emplace_back(next->body);
      }
      CHECK_FALSE(incoming.next());
    }
    CHECK(seen == std::vector<std::string>(std::begin(bodies), std::end(bodies)));
    CHECK(incoming.fill(pair.ends[0]) == Incoming::Filled::nothing);
    pair.hang_up();
    CHECK(incoming.fill(pair.ends[0]) == Incoming::Filled::end);
  }
}

TEST_CASE("what is no MQTT, or larger than any packet of ours, breaks it for good") {
  for (const std::string& bytes : {std::string("\x30\xFF\xFF\xFF\xFF\x01", 6), std::string("\x30\x81\x80\x40", 4)}) {
    Pair pair;
    Incoming incoming;
    pair.say(bytes);
    REQUIRE(incoming.fill(pair.ends[0]) == Incoming::Filled::bytes);
    CHECK_FALSE(incoming.next());
    CHECK(incoming.broken());
    CHECK_FALSE(incoming.next());
  }
  Pair pair;
  Incoming incoming;
  pair.say(std::string("\x30\xFF\xFF", 3));  // a length that goes on
  REQUIRE(incoming.fill(pair.ends[0]) == Incoming::Filled::bytes);
  CHECK_FALSE(incoming.next());
  CHECK_FALSE(incoming.broken());
}

}  // namespace
}  // namespace epicura::bridge::test
