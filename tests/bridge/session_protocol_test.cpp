// What a session says and does not say, seen by a broker that is only a socket.

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/bridge/sink.hpp"

namespace epicura::bridge::test {
namespace {

class BareBroker {
 public:
  BareBroker() : path_("/tmp/epicura-bare-" + std::to_string(::getpid()) + ".sock") {
    ::unlink(path_.c_str());
    listener_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
  }
  ~BareBroker() {
    hang_up();
    ::close(listener_);
    ::unlink(path_.c_str());
  }
  const std::string& path() const { return path_; }

  bool accept(int limit_ms) {
    hang_up();
    pollfd fd{listener_, POLLIN, 0};
    if (::poll(&fd, 1, limit_ms) != 1) return false;
    client_ = ::accept(listener_, nullptr, nullptr);
    return client_ >= 0;
  }
  void hang_up() {
    if (client_ >= 0) ::close(client_);
    client_ = -1;
  }
  void say(const std::string& bytes) { REQUIRE(::send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0); }
  // One packet (all here are short); nothing: silence for the time, `end`: it has hung up.
  std::string hear(int limit_ms) {
    std::string head = take(2, limit_ms);
    if (head.size() < 2 || head == end) return head;
    return head + take(static_cast<std::size_t>(static_cast<unsigned char>(head[1])), limit_ms);
  }
  static inline const std::string end = "end";

  // Accepts CONNECT and SUBSCRIBE; the SUBACK grants `granted` for each of the filters.
  void greet(char granted, std::size_t filters) {
    REQUIRE(hear(2'000)[0] == 0x10);
    say(std::string("\x20\x02\x00\x00", 4));
    const std::string subscribe = hear(2'000);
    REQUIRE(static_cast<unsigned char>(subscribe[0]) == 0x82);
    say(std::string{'\x90', static_cast<char>(2 + filters), subscribe[2], subscribe[3]} +
        std::string(filters, granted));
  }
  void message(std::uint8_t packet_id) {
    const std::string topic = topic_of("status");
    say(std::string{'\x32', static_cast<char>(2 + topic.size() + 2 + 1), '\0', static_cast<char>(topic.size())} +
        topic + std::string{'\0', static_cast<char>(packet_id), 'x'});
  }

 private:
  std::string take(std::size_t count, int limit_ms) {
    std::string out;
    while (out.size() < count) {
      pollfd fd{client_, POLLIN, 0};
      if (::poll(&fd, 1, limit_ms) != 1) return out;
      char byte = 0;
      if (::recv(client_, &byte, 1, 0) != 1) return end;
      out += byte;
    }
    return out;
  }
  std::string path_;
  int listener_ = -1;
  int client_ = -1;
};

SessionSettings settings_for(const BareBroker& broker) {
  SessionSettings settings;
  settings.socket_path = broker.path();
  settings.client_id = "epicura-bridge-test";
  settings.filters = {"epicura/+/telemetry/#", "epicura/+/status"};
  return settings;
}

TEST_CASE("a refused filter: the session hangs up and tries again, and is never called subscribed") {
  BareBroker broker;
  Sink sink;
  observe::Metrics metrics;
  Session session(settings_for(broker), sink.events(), metrics, "test");
  session.start();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(broker.accept(2'000));
    broker.greet(i == 1 ? '\x00' : '\x80', 2);  // refused; granted at QoS 0, where nothing can be withheld
    CHECK(broker.hear(2'000) == BareBroker::end);
  }
  CHECK(sink.subscriptions == 0);
  REQUIRE(broker.accept(2'000));
  broker.greet('\x01', 2);
  CHECK(wait_until([&] { return sink.subscribed.load(); }));
}

TEST_CASE("not one byte goes out between a message and the end of store, and none after it said no") {
  BareBroker broker;
  observe::Metrics metrics;
  std::atomic<int> waiting{0};
  std::atomic<int> answer{0};  // 1: stored, -1: not
  SessionEvents events;
  events.open = [] { return true; };
  events.store = [&](std::vector<Inbound>&, std::vector<RefusedMessage>&) {
    ++waiting;
    wait_until([&] { return answer != 0; });
    return answer.exchange(0) > 0;
  };
  Session session(settings_for(broker), events, metrics, "test");
  session.start();
  REQUIRE(broker.accept(2'000));
  broker.greet('\x01', 2);

  broker.message(1);
  REQUIRE(wait_until([&] { return waiting == 1; }));
  broker.message(2);
  CHECK(broker.hear(300).empty());
  answer = 1;
  CHECK(broker.hear(2'000) == std::string("\x40\x02\x00\x01", 4));

  REQUIRE(wait_until([&] { return waiting == 2; }));
  CHECK(broker.hear(100).empty());
  answer = -1;
  CHECK(broker.hear(2'000) == BareBroker::end);

  SUBCASE("stop does not say good-bye either") {
    REQUIRE(broker.accept(2'000));
    broker.greet('\x01', 2);
    session.stop();
    CHECK(broker.hear(2'000) == BareBroker::end);
  }
  SUBCASE("what was read before the broker died is stored") {
    REQUIRE(broker.accept(2'000));
    broker.greet('\x01', 2);
    broker.message(3);
    REQUIRE(wait_until([&] { return waiting == 3; }));
    broker.message(4);
    broker.hang_up();
    answer = 1;
    REQUIRE(wait_until([&] { return waiting == 4; }));
    answer = 1;
    CHECK(broker.accept(2'000));
  }
}

TEST_CASE("a broker that accepts and says nothing is left, and a refused CONNECT is tried again") {
  BareBroker broker;
  Sink sink;
  observe::Metrics metrics;
  SessionSettings settings = settings_for(broker);
  settings.answer_limit = Millis{300};
  Session session(settings, sink.events(), metrics, "test");
  session.start();
  REQUIRE(broker.accept(2'000));
  REQUIRE(broker.hear(2'000)[0] == 0x10);
  broker.say(std::string("\x20\x02\x00\x05", 4));  // not authorized
  CHECK(broker.hear(2'000) == BareBroker::end);
  REQUIRE(broker.accept(2'000));
  broker.hang_up();  // as the plugin does before it admits
  REQUIRE(broker.accept(2'000));
  REQUIRE(broker.hear(2'000)[0] == 0x10);
  CHECK(broker.hear(3'000) == BareBroker::end);
}

}  // namespace
}  // namespace epicura::bridge::test
