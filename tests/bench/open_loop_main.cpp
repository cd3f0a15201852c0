// bench_open_loop: latencies of requests at a rate that the server has no say in.

#include <getopt.h>
#include <unistd.h>

#include <cstdio>
#include <map>
#include <stdexcept>

#include <fmt/format.h>

#include "schema/bounded_json.hpp"
#include "schema/time.hpp"
#include "tests/bench/open_loop.hpp"
#include "tests/bench/processes.hpp"

namespace {

using namespace epicura;

constexpr auto warm_up = std::chrono::seconds{1};

constexpr const char* usage = R"(usage: bench_open_loop --url URL --rate N [options]
options: --connections N (64), --idle N (0; open besides), --seconds N (10), --token TOKEN (bearer)
--readings MS (posts two readings a request, with times from MS since 1970 on, each 1 ms after the one before)
--process NAME=PID (repeatable: its CPU a request and its resident memory are shown)
Prints one line of JSON. Exit 1 when an answer is missing or not 2xx.
)";

struct Arguments {
  bench::OpenLoopSettings load;
  double seconds = 10;
  std::string token;
  std::optional<Timestamp> readings_from;
  std::vector<std::pair<std::string, int>> processes;
};

Arguments read(int count, char** words) {
  enum { url, rate, connections, idle, seconds, token, readings, process };
  const option table[] = {
      {"url", 1, nullptr, url},           {"rate", 1, nullptr, rate},       {"connections", 1, nullptr, connections},
      {"idle", 1, nullptr, idle},         {"seconds", 1, nullptr, seconds}, {"token", 1, nullptr, token},
      {"readings", 1, nullptr, readings}, {"process", 1, nullptr, process}, {nullptr, 0, nullptr, 0}};
  Arguments out;
  out.load.rate = 0;
  for (int which; (which = getopt_long(count, words, "", table, nullptr)) != -1;) {
    const std::string value = optarg == nullptr ? "" : optarg;
    switch (which) {
      case url:
        out.load.server = bench::parse_url(value);
        break;
      case rate:
        out.load.rate = std::stod(value);
        break;
      case connections:
        out.load.connections = std::stoul(value);
        break;
      case idle:
        out.load.idle = std::stoul(value);
        break;
      case seconds:
        out.seconds = std::stod(value);
        break;
      case token:
        out.token = value;
        break;
      case readings:
        out.readings_from = Timestamp(Millis(std::stoll(value)));
        break;
      case process:
        out.processes.emplace_back(value.substr(0, value.find('=')), std::stoi(value.substr(value.find('=') + 1)));
        break;
      default:
        throw std::invalid_argument("no such option");
    }
  }
  if (optind < count || out.load.server.port == 0 || out.load.rate <= 0) throw std::invalid_argument("url, rate");
  out.load.warm_up = warm_up;
  out.load.length = std::chrono::nanoseconds(static_cast<std::int64_t>(out.seconds * 1e9));
  return out;
}

// Makes request after request. They differ in nothing but the readings' time.
class Requests {
 public:
  explicit Requests(const Arguments& arguments) : next_(arguments.readings_from) {
    const auto& server = arguments.load.server;
    text_ =
        fmt::format("{} {} HTTP/1.1\r\nHost: {}:{}\r\n", next_ ? "POST" : "GET", server.path, server.host, server.port);
    if (!arguments.token.empty()) text_ += "Authorization: Bearer " + arguments.token + "\r\n";
    if (next_) text_ += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", body().size());
    text_ += "\r\n";
    head_ = text_.size();
  }
  std::string_view next() {
    if (next_) {
      text_.resize(head_);
      text_ += body();
      *next_ += Millis(1);
    }
    return text_;
  }

 private:
  std::string body() const {
    return fmt::format(R"({{"readings":[{{"metric":"temperature","value":181.5,"ts":"{0}"}},)"
                       R"({{"metric":"humidity","value":41.5,"ts":"{0}"}}]}})",
                       format_rfc3339(*next_));
  }

  std::optional<Timestamp> next_;
  std::string text_;
  std::size_t head_ = 0;
};

int run(const Arguments& arguments) {
  Requests requests(arguments);
  bench::OpenLoop load(arguments.load, [&requests] { return requests.next(); });
  load.connect();
  std::map<std::string, std::uint64_t> before;
  for (const auto& [name, pid] : arguments.processes) before[name] = bench::cpu_us(pid);
  const auto result = load.run();

  Json cpu = Json::object(), rss = Json::object();
  for (const auto& [name, pid] : arguments.processes) {
    const auto us = static_cast<double>(bench::cpu_us(pid) - before[name]) / static_cast<double>(result.sent);
    cpu[name] = std::round(10 * us) / 10;
    rss[name] = bench::rss_kb(pid);
  }
  const auto& all = result.latency_us;
  if (all.empty()) throw std::runtime_error("nothing was measured");
  const auto at = [&all](double share) {
    return std::round(all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))]);
  };
  const Json line{{"made", result.sent}, {"answered", result.sent}, {"not_2xx", result.not_2xx}, {"p50_us", at(0.5)},
                  {"p99_us", at(0.99)},  {"max_us", at(1)},         {"cpu_us_a_request", cpu},   {"rss_kb", rss}};
  fmt::print("{}\n", dump_json(line));
  if (result.not_2xx > 0) throw std::runtime_error(fmt::format("{} answers were not 2xx", result.not_2xx));
  return 0;
}

}  // namespace

int main(int count, char** words) {
  std::optional<Arguments> arguments;
  try {
    arguments = read(count, words);
  } catch (const std::exception&) {
    std::fputs(usage, stderr);
    return 2;
  }
  try {
    return run(*arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_open_loop: {}\n", error.what());
    return 1;
  }
}
