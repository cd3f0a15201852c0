// `epicura record`: an event stream from NATS into a file of JSON Lines (schema/recording.hpp), live or out of a
// stream.

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "actors/cli/commands.hpp"
#include "actors/cli/load.hpp"
#include "actors/cli/signals.hpp"
#include "bus/recording/stream_reader.hpp"
#include "bus/recording/writer.hpp"
#include "bus/subject_pattern.hpp"
#include "bus/subscription.hpp"
#include "schema/settings/rules.hpp"

namespace epicura::cli {
namespace {

constexpr Millis second{1000};
constexpr Millis connect_limit{5000};
constexpr int most_pending_bytes = 256 << 20;  // heard live and not written yet; beyond it messages are dropped

constexpr Option table[] = {
    {"out", "FILE", "", "where to; default epicura-<time>.jsonl"},
    {"rotate-mb", "N", "0", "begin another part after so many MB; 0: one file"},
    {"stream", "NAME", "", "out of this JetStream stream, instead of live"},
    {"from-seq", "N", "", "of the stream: begin at this sequence (default: its beginning)"},
    {"from", "TIME", "", "of the stream: begin with what was stored then (RFC 3339)"},
    {"to-seq", "N", "", "of the stream: end behind this sequence (default: its end now)"},
    {"to", "TIME", "", "end before what is stored, or heard, then"},
    {"follow", "", "", "of the stream: go on at its end"},
    {"count", "N", "0", "end after so many messages; 0: no bound"},
    {"seconds", "N", "0", "end after so long; 0: at Ctrl-C"},
    {"url", "URL", "", "NATS with the recorder's user (or NATS_RECORDER_URL, live also NATS_OPS_URL)"},
    {"json", "", "", "print the counts at the end as one line of JSON"},
    {"quiet", "", "", "no progress"},
};

struct Wishes {
  std::vector<std::string> subjects;
  std::filesystem::path file;
  std::uint64_t part_bytes = 0;
  bus::StreamStretch stretch;  // without a stream's name: live
  std::uint64_t to_seq = 0;    // 0: no bound
  std::optional<Timestamp> to_time;
  std::uint64_t count = 0;
  Millis length{0};
  std::string url;
};

int say(int code, std::string_view sentence) {
  fmt::print(stderr, "epicura record: {}\n", sentence);
  return code;
}

bool read_time(const Options& options, std::string_view name, std::optional<Timestamp>& out) {
  if (!options.given(name)) return true;
  out = parse_rfc3339(options.text(name));
  if (!out) fmt::print(stderr, "--{} = '{}': legal is a time as 2026-11-20T21:05:00Z\n", name, options.text(name));
  return out.has_value();
}

bool read_seq(const Options& options, std::string_view name, std::uint64_t& out) {
  if (!options.given(name)) return true;
  const auto number = options.number(name, 1, 9e15);
  if (number) out = static_cast<std::uint64_t>(*number);
  return number.has_value();
}

std::string default_file() {
  std::string name = "epicura-" + format_rfc3339(now()).substr(0, 19) + "Z.jsonl";
  std::erase(name, ':');
  return name;
}

// Absent after printing what is legal; `code` then says what to end with.
std::optional<Wishes> read_wishes(const Options& options, int& code) {
  Wishes out;
  code = Exit::usage;
  const auto rotate = options.number("rotate-mb", 0, 1e6);
  const auto count = options.number("count", 0, 1e15);
  const auto seconds = options.number("seconds", 0, 1e8);
  if (!rotate || !count || !seconds || !read_time(options, "from", out.stretch.from_time) ||
      !read_time(options, "to", out.to_time) || !read_seq(options, "from-seq", out.stretch.from_seq) ||
      !read_seq(options, "to-seq", out.to_seq))
    return std::nullopt;
  out.part_bytes = static_cast<std::uint64_t>(*rotate * 1e6);
  out.count = static_cast<std::uint64_t>(*count);
  out.length = Millis{static_cast<Millis::rep>(*seconds * 1000)};
  out.file = options.given("out") ? options.text("out") : default_file();
  out.stretch.stream = options.text("stream");
  out.stretch.follow = options.given("follow");
  const bool live = out.stretch.stream.empty();
  for (const std::string_view name : {"from-seq", "from", "to-seq", "follow"}) {
    if (!live || !options.given(name)) continue;
    fmt::print(stderr, "--{} is of a stream: give --stream\n", name);
    return std::nullopt;
  }
  if (options.given("from") && options.given("from-seq")) {
    fmt::print(stderr, "legal is --from or --from-seq\n");
    return std::nullopt;
  }
  out.subjects = options.words();
  if (out.subjects.empty()) out.subjects.emplace_back(live ? "epicura.>" : ">");
  for (std::size_t i = 0; i < out.subjects.size(); ++i) {
    if (!bus::is_pattern(out.subjects[i])) {
      fmt::print(stderr, "'{}' is no subject; legal is as in 'epicura.*.telemetry.>'\n", out.subjects[i]);
      return std::nullopt;
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (!bus::overlap(out.subjects[i], out.subjects[j])) continue;
      fmt::print(stderr, "'{}' and '{}' overlap: what is on both would be recorded twice\n", out.subjects[j],
                 out.subjects[i]);
      return std::nullopt;
    }
  }
  if (out.subjects.size() == 1 && out.subjects[0] != ">") out.stretch.subject = out.subjects[0];
  out.url = options.given("url") ? options.text("url") : environment_text("NATS_RECORDER_URL");
  if (out.url.empty() && live) out.url = environment_text("NATS_OPS_URL");
  if (out.url.empty()) {
    code = Exit::missing;
    say(code,
        "set NATS_RECORDER_URL or give --url nats://recorder:PASSWORD@HOST:PORT (scripts/stack writes it to "
        ".run/env)");
    return std::nullopt;
  }
  return out;
}

RecordedMessage recorded(natsMsg* raw, Timestamp at, std::optional<std::uint64_t> seq) {
  RecordedMessage out;
  out.at = at;
  out.seq = seq;
  out.subject = natsMsg_GetSubject(raw);
  out.payload.assign(natsMsg_GetData(raw), static_cast<std::size_t>(natsMsg_GetDataLength(raw)));
  const char** names = nullptr;
  int count = 0;
  if (natsMsgHeader_Keys(raw, &names, &count) == NATS_OK) {
    for (int i = 0; i < count; ++i) {
      const char* value = nullptr;
      if (natsMsgHeader_Get(raw, names[i], &value) == NATS_OK) out.headers.emplace_back(names[i], value);
    }
    std::free(static_cast<void*>(names));
  }
  return out;
}

// What is recorded, by whichever thread hears it. The first failure, or the end that was wished for, wakes main.
class Recording {
 public:
  Recording(const Wishes& wishes, bus::RecordingWriter& writer) : wishes_(wishes), writer_(writer) {}

  // False: enough.
  bool add(natsMsg* raw, Timestamp at, std::optional<std::uint64_t> seq = std::nullopt) {
    const std::scoped_lock lock(mutex_);
    if (over_) return false;
    if (wishes_.to_time && at >= *wishes_.to_time) return end();
    const std::string_view subject = natsMsg_GetSubject(raw);
    const bool wanted = std::any_of(wishes_.subjects.begin(), wishes_.subjects.end(),
                                    [&](const auto& pattern) { return bus::matches(pattern, subject); });
    if (wanted && !attempt([&] { writer_.add(recorded(raw, at, seq)); })) return false;
    if (wanted && ++messages_ == wishes_.count) return end();
    return seq && wishes_.to_seq != 0 && *seq >= wishes_.to_seq ? end() : true;
  }

  void gap(Timestamp from, Timestamp to, const std::string& why) {
    const std::scoped_lock lock(mutex_);
    if (!over_) attempt([&] { writer_.add(RecordingGap{from, to, why}); });
  }

  void flush() {
    const std::scoped_lock lock(mutex_);
    if (!over_) attempt([&] { writer_.flush(); });
  }

  bool over() {
    const std::scoped_lock lock(mutex_);
    return over_;
  }
  std::string failure() {
    const std::scoped_lock lock(mutex_);
    return failure_;
  }

 private:
  template <class Step>
  bool attempt(Step&& step) try {
    step();
    return true;
  } catch (const bus::RecordingFailed& failed) {
    failure_ = failed.what();
    return end();
  }
  bool end() {
    over_ = true;
    Signals::wake();
    return false;
  }

  const Wishes& wishes_;
  bus::RecordingWriter& writer_;
  std::mutex mutex_;  // guards the rest
  bool over_ = false;
  std::uint64_t messages_ = 0;
  std::string failure_;
};

// The main thread's part: progress and what is written out, each second, until the end.
template <class EachSecond>
void watch_over(const Wishes& wishes, const Signals& signals, Recording& recording, bus::RecordingWriter& writer,
                bool quiet, EachSecond&& each_second) {
  const auto began = std::chrono::steady_clock::now();
  const auto passed = [&] { return std::chrono::floor<Millis>(std::chrono::steady_clock::now() - began); };
  std::uint64_t before = 0;
  for (Millis next = second; !recording.over(); next += second) {
    auto heard = Signals::Heard::nothing;
    while (heard == Signals::Heard::nothing && passed() < next) {
      const auto until = wishes.length.count() > 0 ? std::min(next, wishes.length) : next;
      heard = signals.wait(std::max(until - passed(), Millis{0}));
      if (heard == Signals::Heard::end || (wishes.length.count() > 0 && passed() >= wishes.length)) return;
    }
    recording.flush();
    if (!each_second()) return;
    const auto messages = writer.messages();
    if (!quiet)
      fmt::print(stderr, "{:6} s  {} messages ({}/s)  {} kB  gaps {}\n", passed().count() / 1000, messages,
                 messages - before, writer.bytes() / 1000, writer.gaps());
    before = messages;
  }
}

int record_live(const Wishes& wishes, const Signals& signals, bus::RecordingWriter& writer, Recording& recording,
                bool quiet) {
  observe::Metrics metrics;
  std::mutex mutex;
  std::optional<Timestamp> lost_at;
  bus::Connection connection({wishes.url, "epicura record", "_INBOX_" + std::string(parts_of_url(wishes.url).user)},
                             {[&](bool connected) {
                               const std::scoped_lock lock(mutex);
                               if (!connected) {
                                 lost_at = now();
                               } else if (lost_at) {
                                 recording.gap(*lost_at, now(), "no connection to nats-server");
                                 lost_at.reset();
                               }
                             }},
                             metrics);
  std::vector<std::unique_ptr<bus::Subscription>> subscriptions;
  for (const auto& subject : wishes.subjects)
    subscriptions.push_back(std::make_unique<bus::Subscription>(
        connection, subject, [&recording](natsMsg* raw) { recording.add(raw, now()); }, most_pending_bytes));
  if (!connection.start()) return say(Exit::usage, "the URL cannot be read");
  const auto patience = std::chrono::steady_clock::now() + connect_limit;
  while (!connection.flush(second)) {
    if (signals.wait(Millis{50}) == Signals::Heard::end) return Exit::done;
    if (std::chrono::steady_clock::now() > patience)
      return say(Exit::failed, "nats-server does not take the connection");
  }
  // The server has said no, if it does, before it answered that round trip.
  const char* text = nullptr;
  if (const auto link = connection.link(); link && natsConnection_GetLastError(link.get(), &text) == NATS_NOT_PERMITTED)
    return say(Exit::failed, "this user may not listen to all of these subjects: " + std::string(text));

  std::uint64_t dropped = 0;
  auto looked = now();
  watch_over(wishes, signals, recording, writer, quiet, [&] {
    std::uint64_t sum = 0;
    for (const auto& subscription : subscriptions) sum += subscription->dropped();
    if (sum != dropped)
      recording.gap(looked, now(),
                    fmt::format("{} messages dropped: they came faster than they were written", sum - dropped));
    dropped = sum;
    looked = now();
    return true;
  });
  {
    const std::scoped_lock lock(mutex);
    if (lost_at) recording.gap(*lost_at, now(), "no connection to nats-server");
    lost_at.reset();
  }
  for (const auto& subscription : subscriptions) subscription->end(Millis{5000});
  connection.drain(Millis{200});
  return Exit::done;
}

int record_stream(const Wishes& wishes, const Signals& signals, bus::RecordingWriter& writer, Recording& recording,
                  bool quiet) {
  observe::Metrics metrics;
  bus::Connection connection({wishes.url, "epicura record", "_INBOX_" + std::string(parts_of_url(wishes.url).user)}, {},
                             metrics);
  if (!connection.start()) return say(Exit::usage, "the URL cannot be read");
  bus::StreamReader reader(connection, wishes.stretch, [&recording](const bus::StreamedMessage& message) {
    return recording.add(message.raw, message.stored_at, message.seq);
  });
  std::atomic<bool> ended{false};
  auto end = bus::StreamReader::End::reached;
  std::thread reading([&] {
    end = reader.run();
    ended = true;
    Signals::wake();
  });
  const auto patience = std::chrono::steady_clock::now() + connect_limit;
  bool reachable = true;
  if (!ended)
    watch_over(wishes, signals, recording, writer, quiet, [&] {
      reachable = reader.pending() || connection.connected() || std::chrono::steady_clock::now() < patience;
      return !ended && reachable;
    });
  reader.stop();
  reading.join();
  connection.drain(Millis{200});
  if (!reachable) return say(Exit::failed, "nats-server does not take the connection");
  if (end == bus::StreamReader::End::no_such_stream)
    return say(Exit::failed, "there is no stream " + wishes.stretch.stream);
  return Exit::done;
}

void print_end(const bus::RecordingWriter& writer, bool json) {
  std::string files;
  for (const auto& file : writer.files()) {
    if (json) files += fmt::format("{}{:?}", files.empty() ? "" : ",", file.string());
    if (!json) files += ' ' + file.string();
  }
  if (json) {
    fmt::print(R"({{"messages":{},"bytes":{},"gaps":{},"files":[{}]}})"
               "\n",
               writer.messages(), writer.bytes(), writer.gaps(), files);
  } else {
    fmt::print("recorded {} messages, {} kB, gaps {}:{}\n", writer.messages(), writer.bytes() / 1000, writer.gaps(),
               files);
  }
  std::fflush(stdout);
}

}  // namespace

int record(std::span<char* const> arguments) {
  int code = Exit::done;
  const auto options = Options::parse(
      "epicura record [--out FILE] [--stream NAME [--from TIME] [--to TIME]] [SUBJECT ...]",
      "Writes what passes on the subjects (default 'epicura.>'), or what a stream keeps of them, into a file that\n"
      "`epicura replay` reads, until Ctrl-C or the end that is asked for.\n"
      "Exit code 0 when all of it is in the file, 4 when there are gaps (they stand in the file), else 1.",
      table, arguments, code);
  if (!options) return code;
  const auto wishes = read_wishes(*options, code);
  if (!wishes) return code;
  const Signals signals;
  const bool live = wishes->stretch.stream.empty();
  const bool quiet = options->given("quiet");
  try {
    bus::RecordingWriter writer(
        {wishes->file, wishes->part_bytes, live ? "live" : wishes->stretch.stream, wishes->subjects}, now());
    Recording recording(*wishes, writer);
    code = live ? record_live(*wishes, signals, writer, recording, quiet)
                : record_stream(*wishes, signals, writer, recording, quiet);
    std::string failure = recording.failure();
    if (code != Exit::done && writer.messages() == 0) {  // it never began
      writer.discard();
      return code;
    }
    try {
      if (failure.empty()) writer.seal();
    } catch (const bus::RecordingFailed& failed) {
      failure = failed.what();
    }
    if (!failure.empty()) code = say(Exit::failed, failure + "; what could be kept is not sealed");
    print_end(writer, options->given("json"));
    return code == Exit::done && writer.gaps() > 0 ? Exit::part_skipped : code;
  } catch (const bus::RecordingFailed& failed) {
    return say(Exit::failed, failed.what());
  }
}

}  // namespace epicura::cli
