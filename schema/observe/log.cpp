#include "schema/observe/log.hpp"

#include <unistd.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <spdlog/formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "schema/observe/line_form.hpp"
#include "schema/observe/line_queue.hpp"
#include "schema/time.hpp"

namespace epicura::log {

namespace {

std::atomic<Level> least_level{Level::info};
std::atomic<bool> wants_access{false};

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// Between spdlog's formatter and the queue.
class QueueSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  std::uint64_t dropped() const { return queue_.dropped(); }
  void end() { queue_.end(); }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    line_.clear();
    formatter_->format(message, line_);
    queue_.put({line_.data(), line_.size()});
  }
  void flush_() override {}

  spdlog::memory_buf_t line_;
  LineQueue queue_{STDERR_FILENO};
};

// What stands before and behind a message, which brings its own fields. By hand: spdlog's patterns put each part of the
// time together anew for each line.
class LineFormatter final : public spdlog::formatter {
 public:
  explicit LineFormatter(Form form) : form_(form) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto since_1970 = message.time.time_since_epoch();
    const auto second = std::chrono::floor<std::chrono::seconds>(since_1970);
    if (second != second_) {
      second_ = second;
      time_ = format_rfc3339(Timestamp{second});
    }
    const auto ms = static_cast<int>(std::chrono::floor<Millis>(since_1970 - second).count());
    for (int place = 0, left = ms; place < 3; ++place, left /= 10)
      time_[time_.size() - 2 - static_cast<std::size_t>(place)] = static_cast<char>('0' + left % 10);
    const auto& level = spdlog::level::to_string_view(message.level);
    const bool json = form_ == Form::json;
    add(out, json ? R"({"time":")" : "");
    add(out, time_);
    add(out, json ? R"(","level":")" : " ");
    add(out, {level.data(), level.size()});
    add(out, json ? "\"," : " ");
    add(out, {message.payload.data(), message.payload.size()});
    add(out, json ? "}\n" : "\n");
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<LineFormatter>(form_); }

 private:
  static void add(spdlog::memory_buf_t& out, std::string_view text) {
    out.append(text.data(), text.data() + text.size());
  }

  Form form_;
  std::chrono::seconds second_{-1};
  std::string time_;
};

struct Output {
  Output(std::shared_ptr<spdlog::sinks::sink> sink, Form line_form, std::shared_ptr<QueueSink> line_queue)
      : logger("epicura", std::move(sink)), form(line_form), queue(std::move(line_queue)) {
    logger.set_level(spdlog::level::debug);
    logger.set_formatter(std::make_unique<LineFormatter>(form));
  }
  mutable spdlog::logger logger;
  Form form;
  std::shared_ptr<QueueSink> queue;  // null: unqueued
};

// Read by every thread that logs, replaced by start and stop only. What was replaced is kept, for who still holds it:
// there are two or three in a process.
struct Outputs {
  std::mutex mutex;
  std::vector<std::unique_ptr<const Output>> all;
  std::atomic<const Output*> current{nullptr};

  Outputs() { use(plain(Form::text)); }
  static std::unique_ptr<const Output> plain(Form form) {
    return std::make_unique<const Output>(std::make_shared<spdlog::sinks::stderr_sink_mt>(), form, nullptr);
  }
  void use(std::unique_ptr<const Output> output) {
    const std::lock_guard lock(mutex);
    const auto* before = current.load();
    current = all.emplace_back(std::move(output)).get();
    if (before && before->queue) before->queue->end();
  }
};
Outputs& outputs() {
  static auto& made = *new Outputs;  // threads may log until the process is gone
  return made;
}
const Output& current() {
  return *outputs().current.load(std::memory_order_acquire);
}

// A thread's own: at one line a request, making and freeing a buffer is what the line would cost most.
std::string& scratch() {
  thread_local std::string line;
  line.clear();
  return line;
}

Level level_of(int status) {
  if (status == 503 || status == 504) return Level::warning;
  return status >= 500 ? Level::error : Level::info;
}

}  // namespace

void start(Level least, Form form, bool access_lines) {
  least_level = least;
  wants_access = access_lines;
  auto sink = std::make_shared<QueueSink>();
  outputs().use(std::make_unique<const Output>(sink, form, sink));
}

void stop() {
  outputs().use(Outputs::plain(current().form));
}

bool enabled(Level level) {
  return level >= least_level.load(std::memory_order_relaxed);
}

std::uint64_t dropped() {
  auto& kept = outputs();
  const std::lock_guard lock(kept.mutex);
  std::uint64_t lines = 0;
  for (const auto& output : kept.all) lines += output->queue ? output->queue->dropped() : 0;
  return lines;
}

void write(Level level, std::string_view room, std::string_view message) {
  const auto& output = current();
  auto& line = scratch();
  append_line(line, output.form, room, message);
  output.logger.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

bool access_enabled() {
  return wants_access.load(std::memory_order_relaxed);
}

void access(const Access& request) {
  const auto level = level_of(request.status);
  if (!access_enabled() || !enabled(level)) return;
  const auto& output = current();
  auto& line = scratch();
  append_line(line, output.form, request);
  output.logger.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace epicura::log
