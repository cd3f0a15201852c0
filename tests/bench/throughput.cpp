// bench_throughput: MQTT QoS 1 messages a second that come through to a far end, sustained.
//
// What is fair. A broker acknowledges from memory, so a publisher that only heeds PUBACKs measures how fast the
// broker's queue grows. Here the publisher heeds the far end: at most --window messages are sent and not arrived, where
// arrived means committed (the program's or the peer's own counter of rows) or received (the yardstick's subscriber).
// The rate is that of arrivals. All far ends are looked at as often (20 ms), with the same publisher, devices, topics,
// payload and window; the window is several times what any of them has under way, so it feeds them all without a pause.
// The publisher is libmosquitto for each device, and the yardstick's subscriber libmosquitto with its own loop and an
// empty callback: what one has in stock. The choice weighs: all share the same cores, so the less the publisher takes
// (--lean), the faster the yardstick, which does little else, and the lower the ratio.

#include <getopt.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "schema/bounded_json.hpp"
#include "tests/bench/arrivals.hpp"
#include "tests/bench/processes.hpp"
#include "tests/bench/publisher.hpp"

namespace {

using namespace epicura;
using Steady = std::chrono::steady_clock;

constexpr auto look_every = std::chrono::milliseconds{20};
constexpr auto warm_up = std::chrono::seconds{2};
constexpr auto drain_limit = std::chrono::seconds{60};

constexpr const char* usage = R"(usage: bench_throughput --port N --kitchen FILE FAR-END [options]
FAR-END is one of
  --subscribe PATH            a subscriber on the broker's Unix socket
  --counter URL --name NAME   the number behind NAME in what URL answers
options: --host H (127.0.0.1), --devices N (100, from the kitchen's file), --window N (4000), --seconds N (10),
--process NAME=PID (repeatable: its CPU a message is shown), --lean (a publisher without libmosquitto)
Prints one line of JSON. Exit 1 when a message did not arrive.
)";

struct Arguments {
  bench::PublisherSettings publisher;
  std::string kitchen, socket, counter, name;
  std::size_t devices = 100;
  double seconds = 10;
  std::vector<std::pair<std::string, int>> processes;
};

Arguments read(int count, char** words) {
  enum { port, kitchen, subscribe, counter, name, host, devices, window, seconds, process, lean };
  const option table[] = {
      {"port", 1, nullptr, port},       {"kitchen", 1, nullptr, kitchen}, {"subscribe", 1, nullptr, subscribe},
      {"counter", 1, nullptr, counter}, {"name", 1, nullptr, name},       {"host", 1, nullptr, host},
      {"devices", 1, nullptr, devices}, {"window", 1, nullptr, window},   {"seconds", 1, nullptr, seconds},
      {"process", 1, nullptr, process}, {"lean", 0, nullptr, lean},       {nullptr, 0, nullptr, 0}};
  Arguments out;
  for (int which; (which = getopt_long(count, words, "", table, nullptr)) != -1;) {
    const std::string value = optarg == nullptr ? "" : optarg;
    switch (which) {
      case port:
        out.publisher.port = std::stoi(value);
        break;
      case kitchen:
        out.kitchen = value;
        break;
      case subscribe:
        out.socket = value;
        break;
      case counter:
        out.counter = value;
        break;
      case name:
        out.name = value;
        break;
      case lean:
        out.publisher.lean = true;
        break;
      case host:
        out.publisher.host = value;
        break;
      case devices:
        out.devices = std::stoul(value);
        break;
      case window:
        out.publisher.window = std::stoul(value);
        break;
      case seconds:
        out.seconds = std::stod(value);
        break;
      case process:
        out.processes.emplace_back(value.substr(0, value.find('=')), std::stoi(value.substr(value.find('=') + 1)));
        break;
      default:
        throw std::invalid_argument("no such option");
    }
  }
  if (optind < count || out.socket.empty() == out.counter.empty() || out.kitchen.empty())
    throw std::invalid_argument("far end");
  return out;
}

std::vector<bench::Identity> identities(const std::string& path, std::size_t count) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto parsed = parse_json(text, std::size_t{64} << 20);
  std::vector<bench::Identity> out;
  if (!parsed.refused && parsed.value.contains("devices")) {
    for (const auto& device : parsed.value["devices"]) {
      if (out.size() < count) out.push_back({device.value("id", ""), device.value("token", "")});
    }
  }
  if (out.size() < count) throw std::runtime_error(fmt::format("{} has {} devices, not {}", path, out.size(), count));
  return out;
}

int run(const Arguments& arguments) {
  auto far_end = arguments.socket.empty() ? bench::watch_counter(arguments.counter, arguments.name)
                                          : bench::subscribe(arguments.socket);
  bench::Publisher publisher(arguments.publisher, identities(arguments.kitchen, arguments.devices));
  publisher.connect();

  std::atomic<std::uint64_t> arrived{0};
  std::atomic<bool> stop{false}, give_up{false};
  std::exception_ptr failure;
  std::thread sender([&] {
    try {
      publisher.run(arrived, stop);
      publisher.drain(give_up);
    } catch (...) {
      failure = std::current_exception();
      stop = true;
    }
  });
  const auto look_until = [&](Steady::time_point end, auto&& enough) {
    while (Steady::now() < end && !enough()) {
      std::this_thread::sleep_for(look_every);
      arrived = far_end->count();
    }
  };
  const auto cpu = [&] {
    std::map<std::string, std::uint64_t> out{{"publisher", bench::cpu_us(::getpid())}};
    for (const auto& [name, pid] : arguments.processes) out[name] = bench::cpu_us(pid);
    return out;
  };
  std::uint64_t from = 0, to = 0;
  double seconds = 0;
  std::map<std::string, std::uint64_t> before, after;
  try {
    look_until(Steady::now() + warm_up, [&] { return stop.load(); });
    before = cpu();
    const auto begun = Steady::now();
    from = arrived;
    look_until(begun + std::chrono::milliseconds{static_cast<std::int64_t>(arguments.seconds * 1000)},
               [&] { return stop.load(); });
    to = arrived;
    seconds = std::chrono::duration<double>(Steady::now() - begun).count();
    after = cpu();
    stop = true;
    look_until(Steady::now() + drain_limit,
               [&] { return arrived >= publisher.sent() && publisher.acknowledged() >= publisher.sent(); });
  } catch (...) {
    if (!failure) failure = std::current_exception();
  }
  stop = give_up = true;
  sender.join();
  if (failure) std::rethrow_exception(failure);

  Json processes = Json::object();
  const double messages = std::max<double>(1, static_cast<double>(to - from));
  for (const auto& [name, us] : after) {
    processes[name] = std::round(100 * static_cast<double>(us - before[name]) / messages) / 100;
  }
  const Json result{{"rate", std::round(messages / seconds)},
                    {"seconds", std::round(1000 * seconds) / 1000},
                    {"sent", publisher.sent()},
                    {"acknowledged", publisher.acknowledged()},
                    {"arrived", arrived.load()},
                    {"cpu_us_a_message", processes}};
  fmt::print("{}\n", dump_json(result));
  return arrived == publisher.sent() && publisher.acknowledged() == publisher.sent() ? 0 : 1;
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
    fmt::print(stderr, "bench_throughput: {}\n", error.what());
    return 1;
  }
}
