// kill -9 of a process that holds a session, at the two moments that matter.

#include <linux/sockios.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "tests/bridge/sink.hpp"

extern char** environ;

namespace epicura::bridge::test {
namespace {

constexpr int count = 500;

// Has the broker read everything that this process wrote into its socket? It gives up what it has not when the other
// side is gone.
bool is_all_read() {
  for (int fd = 0; fd < 64; ++fd) {
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    int unread = 0;
    const bool to_broker = ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) == 0;
    if (to_broker && (::ioctl(fd, SIOCOUTQ, &unread) != 0 || unread != 0)) return false;
  }
  return true;
}

// Run by the test below in a process of its own: EPICURA_TEST_SOCKET, EPICURA_TEST_DONE (a file that appears when the
// test may kill), EPICURA_TEST_STORES (yes: everything is stored and its PUBACKs are out; no: store does not return).
TEST_CASE("(a process to be killed)" * doctest::skip()) {
  const char* const socket = std::getenv("EPICURA_TEST_SOCKET");
  const char* const done = std::getenv("EPICURA_TEST_DONE");
  const char* const stores = std::getenv("EPICURA_TEST_STORES");
  REQUIRE(socket != nullptr);
  const bool all = std::string(stores) == "yes";
  SessionSettings settings;
  settings.socket_path = socket;
  settings.client_id = "epicura-bridge-test";
  settings.filters = {"epicura/+/telemetry/#"};
  std::atomic<std::size_t> got{0};
  SessionEvents events;
  events.store = [&](std::vector<Inbound>& good, std::vector<RefusedMessage>&) {
    got += good.size();
    if (all) return true;
    std::ofstream(done).put('x');
    for (;;) ::pause();
  };
  // Asked again after the PUBACKs of a batch are out.
  events.open = [&] {
    if (all && got == count && wait_until(is_all_read)) std::ofstream(done).put('x');
    return true;
  };
  observe::Metrics metrics;
  Session session(settings, events, metrics, "test");
  session.start();
  for (;;) ::pause();
}

void run_and_kill(const Broker& broker, bool stores) {
  const std::string done = broker.socket_path() + ".done";
  ::unlink(done.c_str());
  const std::string variables[] = {"EPICURA_TEST_SOCKET=" + broker.socket_path(), "EPICURA_TEST_DONE=" + done,
                                   std::string("EPICURA_TEST_STORES=") + (stores ? "yes" : "no")};
  std::vector<char*> environment;
  for (char** each = environ; *each != nullptr; ++each) environment.push_back(*each);
  for (const std::string& each : variables) environment.push_back(const_cast<char*>(each.c_str()));
  environment.push_back(nullptr);
  const char* const arguments[] = {"test_bridge", "--no-skip", "--test-case=(a process to be killed)", nullptr};
  pid_t pid = -1;
  REQUIRE(::posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, const_cast<char* const*>(arguments),
                        environment.data()) == 0);
  const bool reached = wait_until([&] { return ::access(done.c_str(), F_OK) == 0; });
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  REQUIRE(reached);
}

TEST_CASE("kill -9 before store returns: everything comes again; after the PUBACKs: nothing") {
  Broker broker;
  observe::Metrics metrics;
  SessionSettings settings = settings_for(broker);
  {
    Sink sink;  // makes the session, so that the broker keeps messages for it
    Session session(settings, sink.events(), metrics, "test");
    session.start();
    REQUIRE(wait_until([&] { return sink.subscribed.load(); }));
  }
  publish(broker, numbered(0, count));
  run_and_kill(broker, false);
  run_and_kill(broker, false);
  run_and_kill(broker, true);
  publish(broker, numbered(count, 1));
  Sink sink;
  Session session(settings, sink.events(), metrics, "test");
  session.start();
  REQUIRE(wait_until([&] { return sink.stored >= 1; }));
  session.stop();
  CHECK(sink.payloads() == numbers(count, 1));
}

}  // namespace
}  // namespace epicura::bridge::test
