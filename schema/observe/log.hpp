#pragma once
// The logging seam. Any thread may call it; lines are handed to a bounded queue and written by a thread of their own,
// so a blocked terminal never blocks the program: the oldest lines are dropped, and counted.
//
// Form `json`: one object a line, {"time", "level", "room", "message"}. An access line has room "access", message
// "answered" and the fields of struct Access. Form `text` is for a person's eyes. In both, control characters are
// escaped. No secret, no query and no body is given to this seam.

#include <chrono>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

namespace epicura::log {

enum class Level { debug, info, warning, error };
enum class Form { text, json };

// Before the first call lines go to standard error unqueued, as text and without access lines. `stop` writes what is
// queued and ends the thread; what comes later goes unqueued again.
void start(Level least, Form form = Form::text, bool access_lines = true);
void stop();
bool enabled(Level level);
std::uint64_t dropped();  // lines since the process began

// One line: time, level, room, message.
void write(Level level, std::string_view room, std::string_view message);

// One request that has been answered, or will never be.
struct Access {
  std::string_view request_id;
  std::string_view client_request_id = {};  // empty: none
  std::string_view method;
  std::string_view route;  // the operation; "unknown" where none was found
  int status = 0;          // 499: the client had gone
  std::chrono::microseconds duration{};
  std::string_view principal = "nobody";  // nobody, user, admin or device
  std::string_view principal_id = {};
  std::string_view peer;  // address
};
bool access_enabled();
// A line of level info; 503 and 504 are warnings, other 5xx errors.
void access(const Access& request);

template <class... Args>
void line(Level level, std::string_view room, fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(level)) write(level, room, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void debug(std::string_view room, fmt::format_string<Args...> format, Args&&... args) {
  line(Level::debug, room, format, std::forward<Args>(args)...);
}
template <class... Args>
void info(std::string_view room, fmt::format_string<Args...> format, Args&&... args) {
  line(Level::info, room, format, std::forward<Args>(args)...);
}
template <class... Args>
void warning(std::string_view room, fmt::format_string<Args...> format, Args&&... args) {
  line(Level::warning, room, format, std::forward<Args>(args)...);
}
template <class... Args>
void error(std::string_view room, fmt::format_string<Args...> format, Args&&... args) {
  line(Level::error, room, format, std::forward<Args>(args)...);
}

}  // namespace epicura::log
