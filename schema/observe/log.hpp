#pragma once
// The logging seam. Any thread may call it; lines are handed to a bounded queue and written by a thread of their own,
// so a blocked terminal never blocks the program (the oldest lines are dropped).

#include <string_view>

#include <fmt/format.h>

namespace epicura::log {

enum class Level { debug, info, warning, error };

// Before the first call lines go to standard error unqueued. `stop` writes what is queued and ends the thread.
void start(Level least);
void stop();
bool enabled(Level level);

// One line: time, level, room, message. Control characters of the message are escaped.
void write(Level level, std::string_view room, std::string_view message);

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
