// `epicura simulate`: simulated devices on real MQTT connections; demo, test driver and load generator.

#include <csignal>
#include <cstdio>
#include <stdexcept>

#include "actors/cli/commands.hpp"
#include "actors/cli/kitchen_file.hpp"
#include "actors/cli/kitchen_view.hpp"
#include "actors/cli/load.hpp"
#include "actors/cli/registration.hpp"
#include "bridge/kitchen/fleet.hpp"

namespace epicura::cli {

namespace {

using bridge::kitchen::Fleet;
using bridge::kitchen::FleetEvents;
using bridge::kitchen::FleetReport;
using bridge::kitchen::FleetSettings;
using bridge::kitchen::Weather;

constexpr int seconds_between_saves = 10;

std::atomic<bool> stopped{false};
static_assert(std::atomic<bool>::is_always_lock_free);  // set by a signal handler

// The first signal ends the sending, the second one everything.
void stop_at_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { stopped = true; };
  action.sa_flags = SA_RESETHAND;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

constexpr Option table[] = {
    {"devices", "N", "10", "how many devices"},
    {"rate", "R", "1", "messages a second of each device; 0: as fast as the window allows"},
    {"metrics", "LIST", "temperature,stir_speed,power", "what they measure; levels joined by '.'"},
    {"readings", "N", "1",
     "readings in a message: 1 takes a topic for each metric in turn, more the form with `values`"},
    {"qos", "Q", "1", "0 or 1"},
    {"count", "N", "0", "messages of each device; 0: no bound"},
    {"seconds", "N", "0", "how long to send; 0: no bound"},
    {"window", "N", "20", "messages of one device without acknowledgement"},
    {"connects", "R", "500", "connects a second"},
    {"drain", "N", "30", "at the end: seconds without any acknowledgement until it gives up"},
    {"state", "FILE", "", "keeps ids, tokens, epochs and sequence numbers between runs"},
    {"pot", "KIND", "mixed", "stockpot, saucepan, skillet, steamer, rice_cooker, or mixed"},
    {"program", "NAME", "mixed", "simmer, sear, steam, or mixed: one that suits the pot"},
    {"weather", "NAME", "calm", "of the network: calm, fair, rough or storm; the next five change parts of it"},
    {"late", "P", "", "probability that a message is held back and goes out with the next one"},
    {"doubled", "P", "", "probability that a message is published twice"},
    {"drops-per-hour", "R", "", "connection losses of a device, without DISCONNECT; needs a rate above 0"},
    {"drift-ppm", "X", "", "of a device's clock, at most, fast or slow"},
    {"jumps-per-hour", "R", "", "jumps of a device's clock, to within 20 s of the right time; needs a rate above 0"},
    {"begin", "TIME", "",
     "RFC 3339: the kitchen's clock starts there, not now (the cloud takes 7 days ago to 5 minutes ahead)"},
    {"seed", "N", "1",
     "of pots, noise and weather: with the same seed, --begin, a rate above 0 and sequence numbers from the same "
     "start a run's payloads are the same again"},
    {"url", "URL", "", "of the API, where they register (or EPICURA_URL)"},
    {"unregistered", "", "", "do not register: for a broker that asks for no token"},
    {"register-only", "", "", "register what has no token, write --state, and end"},
    {"mqtt-host", "HOST", "", "of the broker (or MQTT_HOST, else 127.0.0.1)"},
    {"mqtt-port", "PORT", "", "of the broker (or MQTT_PORT, else 1883)"},
    {"json", "", "", "print the counts at the end as one line of JSON"},
    {"view", "", "", "show the first 12 pots: in a terminal a block drawn again each second, else lines every 10 s"},
    {"quiet", "", "", "no progress"},
};

std::string first_of(std::string given, const char* variable, const char* fallback) {
  if (given.empty()) given = environment_text(variable);
  return given.empty() ? fallback : given;
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts(1);
  for (const char c : list) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// Absent after printing what is legal.
std::optional<Weather> weather_of(const Options& options) {
  const Weather* named = bridge::kitchen::find_weather(options.text("weather"));
  if (named == nullptr) {
    fmt::print(stderr, "--weather = '{}': legal is calm, fair, rough or storm\n", options.text("weather"));
    return std::nullopt;
  }
  Weather out = *named;
  const auto change = [&](const char* name, double& value, double most) {
    if (!options.given(name)) return true;
    const auto given = options.number(name, 0, most);
    if (given) value = *given;
    return given.has_value();
  };
  const bool legal = change("late", out.late, 1) && change("doubled", out.doubled, 1) &&
                     change("drops-per-hour", out.drops_per_hour, 1e6) && change("drift-ppm", out.drift_ppm, 1e6) &&
                     change("jumps-per-hour", out.jumps_per_hour, 1e6);
  return legal ? std::optional(out) : std::nullopt;
}

// Absent after printing what is legal.
std::optional<FleetSettings> fleet_settings(const Options& options) {
  FleetSettings out;
  const auto rate = options.number("rate", 0, 100'000);
  const auto readings = options.number("readings", 1, 1'000);
  const auto qos = options.number("qos", 0, 1);
  const auto count = options.number("count", 0, 1e15);
  const auto seconds = options.number("seconds", 0, 1e8);
  const auto window = options.number("window", 1, 10'000);
  const auto connects = options.number("connects", 1, 1e6);
  const auto drain = options.number("drain", 0, 1e6);
  const auto seed = options.number("seed", 0, 4e9);
  if (!rate || !readings || !qos || !count || !seconds || !window || !connects || !drain || !seed) return std::nullopt;
  const auto weather = weather_of(options);
  if (!weather) return std::nullopt;
  out.weather = *weather;
  if (options.given("begin")) {
    out.begin = parse_rfc3339(options.text("begin"));
    if (!out.begin) {
      fmt::print(stderr, "--begin = '{}': legal is a time like 2026-11-20T21:05:00Z\n", options.text("begin"));
      return std::nullopt;
    }
  }
  const auto port = first_of(options.text("mqtt-port"), "MQTT_PORT", "1883");
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos ||
      std::stoi(port) < 1 || std::stoi(port) > 65535) {
    fmt::print(stderr, "the broker's port = '{}': legal is 1 to 65535\n", port);
    return std::nullopt;
  }
  out.host = first_of(options.text("mqtt-host"), "MQTT_HOST", "127.0.0.1");
  out.port = std::stoi(port);
  out.metrics = split(options.text("metrics"));
  out.readings_per_message = static_cast<std::size_t>(*readings);
  out.qos = static_cast<int>(*qos);
  out.messages_per_second = *rate;
  out.messages = static_cast<std::uint64_t>(*count);
  out.duration = Millis{static_cast<Millis::rep>(*seconds * 1'000)};
  out.window = static_cast<std::size_t>(*window);
  out.connects_per_second = *connects;
  out.drain_limit = Millis{static_cast<Millis::rep>(*drain * 1'000)};
  out.seed = static_cast<std::uint64_t>(*seed);
  out.pot = options.text("pot");
  out.program = options.text("program");
  if (options.given("view")) out.glances = KitchenView::most_pots;
  return out;
}

double ms(std::chrono::microseconds time) {
  return static_cast<double>(time.count()) / 1'000;
}

void print_progress(const FleetReport& report, std::uint64_t acknowledged_before) {
  fmt::print(
      "{:6.0f} s  online {}/{}  sent {}  acknowledged {} ({}/s)  waiting {}  late {}  reconnects {}  p50 {:.1f} ms  "
      "p99 {:.1f} ms\n",
      report.seconds, report.connected, report.devices, report.sent, report.acknowledged,
      report.acknowledged - acknowledged_before, report.sent - report.acknowledged, report.late, report.reconnects,
      ms(report.p50), ms(report.p99));
  std::fflush(stdout);
}

void print_end(const FleetReport& report, std::size_t readings, bool json) {
  if (json) {
    fmt::print(
        R"({{"devices":{},"connected":{},"sent":{},"acknowledged":{},"readings":{},"resent":{},"late":{},)"
        R"("held":{},"doubled":{},"dropped":{},"reconnects":{},"refused":{},"seconds":{:.3f},"p50_us":{},"p90_us":{},"p99_us":{},"p999_us":{},)"
        R"("longest_us":{}}})"
        "\n",
        report.devices, report.connected, report.sent, report.acknowledged, report.acknowledged * readings,
        report.resent, report.late, report.held, report.doubled, report.dropped, report.reconnects, report.refused,
        report.seconds, report.p50.count(), report.p90.count(), report.p99.count(), report.p999.count(),
        report.longest.count());
  } else {
    const bool calm = report.held + report.doubled + report.dropped == 0;
    const auto weather =
        calm ? "" : fmt::format(" held {} doubled {} dropped {}", report.held, report.doubled, report.dropped);
    fmt::print(
        "sent {} acknowledged {} (readings {}) resent {} late {}{} reconnects {} refused {} in {:.1f} s; "
        "p50 {:.1f} p99 {:.1f} longest {:.1f} ms\n",
        report.sent, report.acknowledged, report.acknowledged * readings, report.resent, report.late, weather,
        report.reconnects, report.refused, report.seconds, ms(report.p50), ms(report.p99), ms(report.longest));
  }
  std::fflush(stdout);
}

int run(const Options& options, const FleetSettings& settings, std::size_t count) {
  const auto path = options.text("state");
  auto kitchen = read_kitchen(path, count);
  if (!kitchen) return Exit::failed;
  const auto save = [&](const std::vector<KitchenDevice>& devices) {
    if (path.empty() || write_kitchen(path, devices, kitchen->rest)) return true;
    fmt::print(stderr, "epicura simulate: {} cannot be written\n", path);
    return false;
  };
  if (!options.given("unregistered")) {
    const auto url = first_of(options.text("url"), "EPICURA_URL", "");
    if (url.empty()) {
      fmt::print(stderr,
                 "epicura simulate: set EPICURA_URL or give --url http://HOST:PORT (scripts/stack writes it to "
                 ".run/env), or --unregistered\n");
      return Exit::missing;
    }
    const bool registered = register_devices(url, kitchen->devices, settings.firmware, stopped);
    if (!save(kitchen->devices) || !registered) return Exit::failed;  // a token that is not kept is lost
    if (stopped) return Exit::done;
  }
  if (options.given("register-only")) return Exit::done;

  Fleet fleet(settings, kitchen->devices);
  FleetEvents events;
  const bool quiet = options.given("quiet");
  std::optional<KitchenView> view;
  if (options.given("view")) view.emplace();
  std::uint64_t acknowledged = 0;
  int second = 0;
  events.progress = [&](const FleetReport& report) {
    if (!quiet && view) {
      view->draw(report);
    } else if (!quiet) {
      print_progress(report, acknowledged);
    }
    acknowledged = report.acknowledged;
    if (++second % seconds_between_saves == 0) save(fleet.devices());
  };
  const FleetReport report = fleet.run(stopped, events);
  print_end(report, settings.readings_per_message, options.given("json"));
  const bool saved = save(fleet.devices());
  return saved && report.acknowledged == report.sent ? Exit::done : Exit::failed;
}

}  // namespace

int simulate(std::span<char* const> arguments) {
  int exit_code = Exit::done;
  const auto options = Options::parse(
      "epicura simulate [--devices N] [--rate R] [--readings N] [--seconds N | --count N] [--state FILE]",
      "Runs simulated devices until Ctrl-C or the end of --seconds or --count, then waits for what is not "
      "acknowledged.\n"
      "Each has a pot that heats, boils, is stirred and cools, and measures it. What the weather does to messages is\n"
      "counted beside what was sent: nothing is lost by it.\n"
      "Exit code 0 when everything sent was acknowledged, else 1.",
      table, arguments, exit_code);
  if (!options) return exit_code;
  if (!options->words().empty()) {
    fmt::print(stderr, "epicura simulate: '{}' is no option\n", options->words().front());
    return Exit::usage;
  }
  const auto count = options->number("devices", 1, 100'000);
  const auto settings = fleet_settings(*options);
  if (!count || !settings) return Exit::usage;
  stop_at_signals();
  try {
    return run(*options, *settings, static_cast<std::size_t>(*count));
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "epicura simulate: legal is: {}\n", error.what());
    return Exit::usage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "epicura simulate: {}\n", error.what());
    return Exit::failed;
  }
}

}  // namespace epicura::cli
