// Crowds of slow clients. Memory: what they make the program hold is given back when they have gone, and of the largest
// answer that it has it holds one, however many read it. Then slowhttptest against the program, in each of its modes:
// slow headers, slow bodies, ranges, slow readers. Meanwhile a normal client is served as if they were not there, and
// the program has next to nothing to do.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>

#include "tests/fault/chance.hpp"
#include "tests/fault/house.hpp"
#include "tests/http/raw_client.hpp"

extern char** environ;

using namespace epicura;
using namespace epicura::tests;

namespace {

constexpr const char* tool = "/usr/bin/slowhttptest";
constexpr int connections = 1000;

class Attack {
 public:
  Attack(const std::vector<std::string>& mode, const std::string& url, int seconds, const std::string& output) {
    std::vector<std::string> words{
        tool, "-c", std::to_string(connections), "-r", "500", "-l", std::to_string(seconds), "-i", "1", "-p", "1",
        "-u", url};
    words.insert(words.end(), mode.begin(), mode.end());
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    if (::posix_spawn(&pid_, tool, &files, nullptr, arguments.data(), environ) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&files);
    REQUIRE(pid_ > 0);
  }
  ~Attack() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Attack(const Attack&) = delete;
  Attack& operator=(const Attack&) = delete;
  bool over() {
    if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
    return pid_ < 0;
  }

 private:
  pid_t pid_ = -1;
};

}  // namespace

TEST_CASE(
    "what slow clients make the program hold is given back; slow readers of its largest answer hold next to nothing") {
  House house;
  const auto program = house.stack.pid("epicura");
  const auto url = house.stack.env("EPICURA_URL");
  const auto port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  const auto rss = [program] { return facts_of(program).rss_kib; };
  const auto idle = rss();
  const auto all_gone = [&] {
    return wait_until([&] { return house.metric(R"(epicura_http_connections{server="api"})") == 0; });
  };
  using Clients = std::vector<std::unique_ptr<http::test::RawClient>>;

  const std::string most_of_it =
      http::test::post("/devices/x/telemetry", std::string(1'000'000, 'x')).substr(0, 990'000);
  for (int round = 0; round < 3; ++round) {
    Clients senders;
    for (int i = 0; i < 150; ++i) {
      senders.push_back(std::make_unique<http::test::RawClient>(port));
      senders.back()->send(most_of_it);
    }
    CHECK(wait_until([&] { return rss() > idle + std::size_t{100} * 1024; }));
    senders.clear();
    CHECK(all_gone());
    CHECK(wait_until([&] { return rss() < idle + allowed_growth_kib; }, 5s));
  }

  const std::string largest = "/docs/swagger-ui-bundle.js";
  if (http_get(url + largest).status != 200) return;  // built without npm
  const auto answered = [&] {
    return house.metric(R"(epicura_http_requests_total{operation="getDocsFile",server="api",status="2xx"})");
  };
  const auto before = answered();
  Clients readers;
  for (int i = 0; i < 500; ++i) {
    readers.push_back(std::make_unique<http::test::RawClient>(port, 4096, nullptr, 536));
    readers.back()->send(http::test::get(largest));
  }
  const auto asked = std::chrono::steady_clock::now();
  CHECK(wait_until([&] { return answered() >= before + 500; }, 5s * slowness));
  CHECK(http_get(url + "/health").status == 200);
  MESSAGE(fmt::format("500 readers of {} answered after {} ms; {} KiB before them all, {} now", largest,
                      (std::chrono::steady_clock::now() - asked) / 1ms, idle, rss()));
  CHECK(wait_until([&] { return rss() < idle + allowed_growth_kib; }, 5s));
  CHECK(house.metric(R"(epicura_http_refused_input_total{reason="output_full",server="api"})") <= 0);
  readers.clear();
  CHECK(all_gone());
}

TEST_CASE("slowhttptest changes nothing for a normal client") {
  if (::access(tool, X_OK) != 0) {
    std::fprintf(stderr, "skipped: slowhttptest is not installed\n");
    return;
  }
  House house;
  const auto program = house.stack.pid("epicura");
  const auto root = house.stack.env("EPICURA_URL");
  struct Mode {
    std::string name;
    std::vector<std::string> words;
    std::string path;
    bool stays;  // its connections live as long as it does
  };
  // An answer of some size for the slow readers: three of them a connection, read 8 bytes at a time by small windows.
  const std::vector<Mode> modes{
      {"slow headers", {"-H"}, "/health", true},
      {"slow bodies", {"-B", "-s", "8192", "-t", "POST"}, "/devices/register", true},
      {"ranges", {"-R", "-a", "1", "-b", "2000"}, "/openapi.json", false},
      {"slow readers", {"-X", "-w", "64", "-y", "128", "-n", "1", "-z", "8", "-k", "3"}, "/openapi.json", true},
  };
  const int seconds = soaking() ? 60 : 5;
  for (const auto& mode : modes) {
    CAPTURE(mode.name);
    const auto output = (house.stack.run_dir() / "slowhttptest").string();
    Attack attack(mode.words, root + mode.path, seconds, output);
    const auto cpu_before = facts_of(program).cpu;
    const auto begun = std::chrono::steady_clock::now();
    std::vector<std::chrono::microseconds> latencies;
    double most_open = 0;
    auto look_again = begun;
    while (!attack.over() && std::chrono::steady_clock::now() < begun + std::chrono::seconds(3 * seconds)) {
      const auto asked = std::chrono::steady_clock::now();
      const auto answer = http_get(root + "/health");
      latencies.push_back(
          std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - asked));
      CHECK(answer.status == 200);
      if (std::chrono::steady_clock::now() > look_again) {
        most_open = std::max(most_open, house.metric(R"(epicura_http_connections{server="api"})"));
        look_again += 500ms;
      }
      std::this_thread::sleep_for(5ms);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    CHECK(attack.over());
    const double cpu = std::chrono::duration<double>(facts_of(program).cpu - cpu_before) / took;
    std::sort(latencies.begin(), latencies.end());
    REQUIRE(latencies.size() > 100);
    const auto p99 = latencies[latencies.size() * 99 / 100];
    MESSAGE(fmt::format("{}: {} requests, p50 {} us, p99 {} us, CPU {:.1f} % of a core, {} connections open at most",
                        mode.name, latencies.size(), latencies[latencies.size() / 2].count(), p99.count(), 100 * cpu,
                        most_open));
    CHECK(p99 < 100ms * slowness);
    CHECK(cpu < 0.25 * slowness);
    // It was under attack.
    if (mode.stays) CHECK(most_open > connections / 2);
  }
  CHECK(house.stack.pid("epicura") == program);
  CHECK(house.is_ready());
  CHECK(wait_until([&] { return house.metric(R"(epicura_http_connections{server="api"})") <= 1; }));
}
