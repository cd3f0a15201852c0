// `epicura replay`: a recorded event stream back onto the bus.

#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <fstream>
#include <thread>

#include "actors/cli/commands.hpp"
#include "actors/cli/load.hpp"
#include "actors/cli/signals.hpp"
#include "bus/recording/player.hpp"
#include "bus/recording/reader.hpp"
#include "bus/subject_pattern.hpp"
#include "schema/bounded_json.hpp"
#include "schema/replay_rewrite.hpp"
#include "schema/settings/rules.hpp"
#include "schema/uuid.hpp"

namespace epicura::cli {
namespace {

constexpr Millis second{1000};
constexpr Millis plain_progress_interval{10'000};  // where it is no terminal

constexpr Option table[] = {
    {"speed", "X", "1", "times the recorded rhythm, or 'max': as fast as it goes"},
    {"devices", "WHOSE", "keep",
     R"(keep; new:SEED: other ids, the same for the same seed; or a JSON file {"recorded id": "other id"})"},
    {"times", "WHEN", "keep",
     "keep; now: moved so that the recording's end is when the replay's end is; or by so much, as +5000ms"},
    {"only", "LIST", "", "only what is on these subjects, with wildcards, separated by ','"},
    {"skip", "N", "0", "leave out the first N messages (of those on the subjects of --only)"},
    {"core", "", "", "publish without waiting for a stream to store it"},
    {"unsealed", "", "", "play a file without its seal as far as it goes"},
    {"url", "URL", "", "NATS with the replayer's user (or NATS_REPLAYER_URL)"},
    {"json", "", "", "print the counts at the end as one line of JSON"},
    {"quiet", "", "", "no progress"},
};

// What makes a pot act. Published again it would act again, on a pot that may be in somebody's kitchen.
constexpr std::string_view orders[] = {"epicura.*.commands", "epicura.*.ota", "epicura.*.shadow.desired"};
constexpr std::string_view replayable = "epicura.>";

struct Wishes {
  std::vector<std::filesystem::path> files;
  bool unsealed = false;
  bus::PlayerSettings player;
  std::vector<std::string> only;
  std::uint64_t skip = 0;
  std::optional<DeviceMapping> devices;
  bool times_now = false;
  Millis shift{0};
  bool orders_allowed = false;
  std::string url;
};

// What a first reading of the recording tells.
struct Facts {
  std::uint64_t messages = 0;  // on the wanted subjects, and behind those that are skipped
  Timestamp first;
  Timestamp last;
  std::uint64_t gaps = 0;
  std::uint64_t cut_lines = 0;
  bool complete = true;
};

int say(int code, std::string_view sentence) {
  fmt::print(stderr, "epicura replay: {}\n", sentence);
  return code;
}

bool is_wanted(const Wishes& wishes, std::string_view subject) {
  return wishes.only.empty() || std::any_of(wishes.only.begin(), wishes.only.end(),
                                            [&](const auto& pattern) { return bus::matches(pattern, subject); });
}

bool read_devices(const std::string& text, std::optional<DeviceMapping>& out) {
  constexpr std::string_view fresh = "new:";
  if (text == "keep") return true;
  if (text.starts_with(fresh) && text.size() > fresh.size()) {
    out = DeviceMapping::from_seed(text.substr(fresh.size()));
    return true;
  }
  std::ifstream file(text);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  const auto parsed = parse_json(content);
  std::unordered_map<std::string, std::string> ids;
  bool good = file.good() || file.eof();
  good = good && !parsed.refused && parsed.value.is_object();
  if (good) {
    for (const auto& [from, to] : parsed.value.items()) {
      const auto one = Uuid::parse(from);
      const auto other = to.is_string() ? Uuid::parse(to.get<std::string>()) : std::nullopt;
      good = good && one && other;
      if (good) ids.emplace(one->str(), other->str());
    }
  }
  if (good) {
    out = DeviceMapping::from_table(std::move(ids));
  } else {
    fmt::print(stderr, "--devices = '{}': legal is keep, new:SEED, or a file with a JSON object of device ids\n", text);
  }
  return good;
}

bool read_times(const std::string& text, Wishes& out) {
  if (text == "keep") return true;
  if (text == "now") return out.times_now = true;
  const bool signed_ms = text.size() > 3 && (text[0] == '+' || text[0] == '-') && text.ends_with("ms");
  std::int64_t ms = 0;
  const char* begin = text.data() + 1;
  const char* end = text.data() + text.size() - 2;
  if (signed_ms) {
    const auto [stop, error] = std::from_chars(begin, end, ms);
    if (error == std::errc{} && stop == end && ms >= 0 && ms < (std::int64_t{1} << 50)) {
      out.shift = Millis{text[0] == '-' ? -ms : ms};
      return true;
    }
  }
  fmt::print(stderr, "--times = '{}': legal is keep, now, or as +5000ms\n", text);
  return false;
}

std::optional<Wishes> read_wishes(const Options& options, int& code) {
  Wishes out;
  code = Exit::usage;
  for (const auto& word : options.words()) out.files.emplace_back(word);
  if (out.files.empty()) {
    fmt::print(stderr, "epicura replay: which FILE?\n");
    return std::nullopt;
  }
  const auto skip = options.number("skip", 0, 1e15);
  if (!skip || !read_devices(options.text("devices"), out.devices) || !read_times(options.text("times"), out))
    return std::nullopt;
  out.skip = static_cast<std::uint64_t>(*skip);
  if (options.text("speed") == "max") {
    out.player.speed = 0;
  } else {
    const auto speed = options.number("speed", 1e-3, 1e6);
    if (!speed) return std::nullopt;
    out.player.speed = *speed;
  }
  std::string list = options.text("only");
  for (std::size_t from = 0; !list.empty() && from <= list.size();) {
    const auto comma = std::min(list.find(',', from), list.size());
    out.only.push_back(list.substr(from, comma - from));
    from = comma + 1;
    if (bus::is_pattern(out.only.back())) continue;
    fmt::print(stderr, "--only: '{}' is no subject; legal is as in 'epicura.*.telemetry.>'\n", out.only.back());
    return std::nullopt;
  }
  out.player.core = options.given("core");
  out.unsealed = options.given("unsealed");
  out.url = options.given("url") ? options.text("url") : environment_text("NATS_REPLAYER_URL");
  if (out.url.empty()) {
    code = Exit::missing;
    say(code,
        "set NATS_REPLAYER_URL or give --url nats://replayer:PASSWORD@HOST:PORT (scripts/stack writes it to "
        ".run/env)");
    return std::nullopt;
  }
  const auto settings = load({}, {}, false);
  if (!settings) {
    code = Exit::bad_setting;
    return std::nullopt;
  }
  out.orders_allowed = settings->values.environment == "test";
  return out;
}

// Reads all of it before anything is published: it is whole, and nothing in it may not be replayed. Throws
// RecordingUnreadable.
std::optional<Facts> look_through(const Wishes& wishes) {
  bus::RecordingReader reader(wishes.files, wishes.unsealed);
  RecordedMessage message;
  Facts facts;
  std::uint64_t to_skip = wishes.skip;
  while (reader.next(message)) {
    if (!is_wanted(wishes, message.subject)) continue;
    if (to_skip > 0) {
      --to_skip;
      continue;
    }
    const bool order = std::any_of(std::begin(orders), std::end(orders),
                                   [&](auto pattern) { return bus::matches(pattern, message.subject); });
    if (order && !wishes.orders_allowed) {
      say(Exit::failed, fmt::format("{}: {} makes a pot act; that is replayed where environment = test alone. --only "
                                    "'epicura.*.telemetry,epicura.*.telemetry.>,epicura.*.status' leaves it out",
                                    reader.where(), message.subject));
      return std::nullopt;
    }
    if (!bus::matches(replayable, message.subject)) {
      say(Exit::failed, fmt::format("{}: {}: only what is on epicura.> is replayed. --only 'epicura.>' leaves it out",
                                    reader.where(), message.subject));
      return std::nullopt;
    }
    if (facts.messages++ == 0) facts.first = facts.last = message.at;
    facts.last = std::max(facts.last, message.at);
  }
  facts.gaps = reader.gap_count();
  facts.cut_lines = reader.cut_lines();
  facts.complete = reader.complete();
  return facts;
}

// The recording once more, as it is to be published. The player's reading thread.
class Source {
 public:
  explicit Source(Wishes& wishes) : wishes_(wishes), reader_(wishes.files, wishes.unsealed), to_skip_(wishes.skip) {}

  bool operator()(RecordedMessage& message) {
    while (reader_.next(message)) {
      if (!is_wanted(wishes_, message.subject)) continue;
      if (to_skip_ > 0) {
        --to_skip_;
        continue;
      }
      // Orders to the server of then (a duplicate's id, an expected sequence) are none to the server of now.
      std::erase_if(message.headers, [](const auto& header) { return header.first.starts_with("Nats-"); });
      if (wishes_.devices) wishes_.devices->apply(message.subject, message.payload);
      if (wishes_.shift.count() != 0) message.payload = shift_times(message.payload, wishes_.shift);
      return true;
    }
    return false;
  }

 private:
  Wishes& wishes_;
  bus::RecordingReader reader_;
  std::uint64_t to_skip_;
};

void print_progress(const bus::PlayerReport& report, const Facts& facts, Millis passed, std::uint64_t before,
                    Millis interval) {
  fmt::print(stderr, "{:6} s  published {} of {} ({:.0f}/s)  again {}  behind {} ms\n", passed.count() / 1000,
             report.published, facts.messages,
             static_cast<double>(report.published - before) * 1000 / static_cast<double>(interval.count()),
             report.again, report.behind.count());
}

int play(Wishes& wishes, const Facts& facts, const Signals& signals, bool quiet, bool json) {
  observe::Metrics metrics;
  bus::Connection connection({wishes.url, "epicura replay", "_INBOX_" + std::string(parts_of_url(wishes.url).user)}, {},
                             metrics);
  if (!connection.start()) return say(Exit::usage, "the URL cannot be read");
  bus::Player player(connection, wishes.player, metrics);
  auto end = bus::Player::End::played;
  std::string failure;
  std::atomic<bool> ended{false};
  const auto began = std::chrono::steady_clock::now();
  const auto passed = [&] { return std::chrono::floor<Millis>(std::chrono::steady_clock::now() - began); };
  std::thread playing([&] {
    try {
      end = player.play([source = std::make_shared<Source>(wishes)](auto& message) { return (*source)(message); });
    } catch (const std::exception& error) {
      failure = error.what();
    }
    ended = true;
    Signals::wake();
  });
  const Millis interval = ::isatty(STDERR_FILENO) != 0 ? second : plain_progress_interval;
  std::uint64_t before = 0;
  for (Millis next = interval; !ended;) {
    const auto heard = signals.wait(std::max(next - passed(), Millis{0}));
    if (heard == Signals::Heard::end) player.stop();
    if (ended || heard != Signals::Heard::nothing || passed() < next) continue;
    const auto report = player.report();
    if (!quiet) print_progress(report, facts, passed(), before, interval);
    before = report.published;
    next += interval;
  }
  playing.join();
  const double seconds = std::max(0.001, static_cast<double>(passed().count()) / 1000);
  connection.drain(second);

  const auto report = player.report();
  const bool whole = failure.empty() && end == bus::Player::End::played;
  if (json) {
    fmt::print(R"({{"messages":{},"published":{},"again":{},"seconds":{:.3f},"shift_ms":{},"whole":{}}})"
               "\n",
               facts.messages, report.published, report.again, seconds, wishes.shift.count(), whole);
  } else {
    fmt::print("published {} of {} messages in {:.1f} s ({:.0f}/s), {} of them again\n", report.published,
               facts.messages, seconds, static_cast<double>(report.published) / seconds, report.again);
  }
  std::fflush(stdout);
  if (whole) return Exit::done;
  if (!failure.empty()) {
    say(Exit::failed, failure);
  } else if (!player.why().empty()) {
    say(Exit::failed, player.why());
  }
  std::string same = wishes.shift.count() == 0 ? "" : fmt::format(" --times {:+}ms", wishes.shift.count());
  fmt::print(stderr, "epicura replay: to go on, the same with --skip {}{}\n", wishes.skip + report.in_order, same);
  if (report.published > report.in_order)
    fmt::print(stderr, "epicura replay: {} of those behind it are published already\n",
               report.published - report.in_order);
  return Exit::failed;
}

}  // namespace

int replay(std::span<char* const> arguments) {
  int code = Exit::done;
  const auto options = Options::parse(
      "epicura replay [--speed X] [--devices WHOSE] [--times WHEN] [--only LIST] FILE ...",
      "Publishes what `epicura record` has written, in its order and rhythm; several FILEs are the parts of one\n"
      "recording. Each is read once before anything is published. Ctrl-C says how to go on.\n"
      "Exit code 0 when all of it is published, else 1.",
      table, arguments, code);
  if (!options) return code;
  auto wishes = read_wishes(*options, code);
  if (!wishes) return code;
  const bool quiet = options->given("quiet");
  const Signals signals;
  try {
    const auto facts = look_through(*wishes);
    if (!facts) return Exit::failed;
    if (wishes->times_now) {
      const double length = static_cast<double>((facts->last - facts->first).count());
      const Millis playing{wishes->player.speed == 0 ? 0 : static_cast<Millis::rep>(length / wishes->player.speed)};
      wishes->shift = now() + playing - facts->last;
    }
    if (!quiet) {
      if (facts->gaps > 0) fmt::print(stderr, "the recording has {} gaps\n", facts->gaps);
      if (facts->cut_lines > 0) fmt::print(stderr, "left out: {} lines that were cut off\n", facts->cut_lines);
      if (!facts->complete) fmt::print(stderr, "another part follows, which is not given\n");
      if (wishes->shift.count() != 0) fmt::print(stderr, "times are moved by {:+} ms\n", wishes->shift.count());
    }
    return play(*wishes, *facts, signals, quiet, options->given("json"));
  } catch (const bus::RecordingUnreadable& unreadable) {
    return say(Exit::failed, unreadable.what());
  }
}

}  // namespace epicura::cli
