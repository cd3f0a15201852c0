#include "schema/observe/log.hpp"

#include <atomic>
#include <memory>
#include <string>

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace epicura::log {

namespace {

std::atomic<Level> least_level{Level::info};

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

constexpr auto pattern = "%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v";

std::shared_ptr<spdlog::logger> make_plain() {
  auto logger = std::make_shared<spdlog::logger>("plain", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(spdlog::level::debug);
  logger->set_pattern(pattern, spdlog::pattern_time_type::utc);
  return logger;
}

// Read by every thread that logs, replaced by start and stop only.
std::shared_ptr<spdlog::logger>& current() {
  static std::shared_ptr<spdlog::logger> logger = make_plain();
  return logger;
}

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

void start(Level least) {
  least_level = least;
  constexpr std::size_t queued_lines = 8192;
  spdlog::init_thread_pool(queued_lines, 1);
  auto logger =
      std::make_shared<spdlog::async_logger>("epicura", std::make_shared<spdlog::sinks::stderr_sink_mt>(),
                                             spdlog::thread_pool(), spdlog::async_overflow_policy::overrun_oldest);
  logger->set_level(spdlog::level::debug);
  logger->set_pattern(pattern, spdlog::pattern_time_type::utc);
  std::atomic_store(&current(), std::shared_ptr<spdlog::logger>(logger));
}

void stop() {
  std::atomic_store(&current(), make_plain());
  spdlog::shutdown();  // joins the writer, which first writes what is queued
}

bool enabled(Level level) {
  return level >= least_level.load(std::memory_order_relaxed);
}

void write(Level level, std::string_view room, std::string_view message) {
  const auto logger = std::atomic_load(&current());
  logger->log(to_spdlog(level), "{}: {}", room, escaped(message));
}

}  // namespace epicura::log
