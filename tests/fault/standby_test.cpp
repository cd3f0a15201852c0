// Two programs beside each other: one has the bridge and the consumers, the other stands by and takes over.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "tests/fault/chance.hpp"
#include "tests/fault/kitchen.hpp"

using namespace epicura::tests;

namespace {

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  ::close(fd);
  return ntohs(address.sin_port);
}

// `epicura serve` with the settings of the stack's own, on other ports.
class SecondProgram {
 public:
  explicit SecondProgram(const House& house) : ops_port_(free_port()) {
    std::ifstream file("/proc/" + std::to_string(house.stack.pid("epicura")) + "/environ", std::ios::binary);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line, '\0');) {
      if (line.rfind("EPICURA_PORT=", 0) != 0 && line.rfind("EPICURA_OPS_PORT=", 0) != 0) lines.push_back(line);
    }
    lines.push_back("EPICURA_PORT=" + std::to_string(free_port()));
    lines.push_back("EPICURA_OPS_PORT=" + std::to_string(ops_port_));
    std::vector<char*> environment;
    environment.reserve(lines.size() + 1);
    for (auto& line : lines) environment.push_back(line.data());
    environment.push_back(nullptr);
    auto binary = house.stack.env("EPICURA_BIN");
    std::string serve = "serve";
    char* arguments[] = {binary.data(), serve.data(), nullptr};
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    const auto log = (house.stack.run_dir() / "log" / "second.log").string();
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    REQUIRE(::posix_spawn(&pid_, binary.c_str(), &files, nullptr, arguments, environment.data()) == 0);
    posix_spawn_file_actions_destroy(&files);
  }
  ~SecondProgram() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  SecondProgram(const SecondProgram&) = delete;
  SecondProgram& operator=(const SecondProgram&) = delete;

  // Its /ready: 200, and standing by or not.
  bool is_ready(bool standing_by) const {
    const auto answer = http_get("http://127.0.0.1:" + std::to_string(ops_port_) + "/ready");
    return answer.status == 200 && (answer.body.find(R"("standby":true)") != std::string::npos) == standing_by;
  }
  std::string metrics() const { return http_get("http://127.0.0.1:" + std::to_string(ops_port_) + "/metrics").body; }

 private:
  int ops_port_;
  pid_t pid_ = 0;
};

}  // namespace

TEST_CASE("a second program stands by, and takes over when the first is killed") {
  House house;
  Kitchen kitchen(house);
  REQUIRE(kitchen.acknowledges_more(500));
  SecondProgram second(house);
  REQUIRE(wait_until([&] { return second.is_ready(true); }));
  REQUIRE(kitchen.acknowledges_more(1000));
  CHECK(house.is_ready());  // the first is not disturbed
  CHECK(house.metric(R"(epicura_mqtt_connected{session="telemetry"})") == 1);
  CHECK(second.metrics().find("\nepicura_rows_written_total 0\n") != std::string::npos);

  const auto killed = std::chrono::steady_clock::now();
  house.stack.kill("epicura");
  REQUIRE(wait_until([&] { return second.is_ready(false); }));
  const auto took = std::chrono::steady_clock::now() - killed;
  MESSAGE("taken over after " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
  REQUIRE(kitchen.acknowledges_more(500));

  // And the other way round: the first comes back as the one that stands by.
  house.stack.restart("epicura");
  CHECK(house.ready().body.find(R"("standby":true)") != std::string::npos);
  CHECK(second.is_ready(false));
  kitchen.close();
  every_acknowledged_reading_is_in_the_table_exactly_once(house, kitchen.account());
}

// The bridge goes by PostgreSQL's lock, each consumer by who is bound to it first.
TEST_CASE("bridge and consumers may fall to different programs: both are ready, and every reading is written") {
  House house;
  const SecondProgram second(house);
  REQUIRE(wait_until([&] { return second.is_ready(true); }));
  Kitchen kitchen(house);
  for (int i = 0; i < 4; ++i) {
    house.stack.kill("nats");
    REQUIRE(wait_until([&] { return !house.is_ready(); }));
    house.stack.restart("nats");
    CHECK(wait_until([&] { return house.is_ready() && second.is_ready(true); }));
    REQUIRE(kitchen.acknowledges_more(200));
  }
  kitchen.close();
  every_acknowledged_reading_is_in_the_table_exactly_once(house, kitchen.account());
}
