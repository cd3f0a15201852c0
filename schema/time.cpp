#include "schema/time.hpp"

namespace epicura {

using namespace std::chrono;

namespace {

// Reads exactly `digits` decimal digits at `place` and moves it; -1 where there are none.
int read_number(std::string_view text, std::size_t& place, int digits) {
  int value = 0;
  for (int i = 0; i < digits; ++i, ++place) {
    if (place >= text.size() || text[place] < '0' || text[place] > '9') return -1;
    value = value * 10 + (text[place] - '0');
  }
  return value;
}

bool read_char(std::string_view text, std::size_t& place, char wanted) {
  if (place >= text.size() || text[place] != wanted) return false;
  ++place;
  return true;
}

// "Z", "z", "+hh:mm" or "-hh:mm", up to the end of the text.
std::optional<minutes> read_offset(std::string_view text, std::size_t place) {
  if (place + 1 == text.size() && (text[place] == 'Z' || text[place] == 'z')) return minutes{0};
  if (place + 6 != text.size() || (text[place] != '+' && text[place] != '-')) return std::nullopt;
  const int sign = text[place++] == '-' ? -1 : 1;
  const int hour = read_number(text, place, 2);
  if (!read_char(text, place, ':')) return std::nullopt;
  const int minute = read_number(text, place, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  return minutes{sign * (hour * 60 + minute)};
}

}  // namespace

Timestamp now() {
  return time_point_cast<Millis>(system_clock::now());
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  std::size_t at = 0;
  const int y = read_number(text, at, 4);
  if (y < 1 || !read_char(text, at, '-')) return std::nullopt;
  const int mo = read_number(text, at, 2);
  if (mo < 0 || !read_char(text, at, '-')) return std::nullopt;
  const int d = read_number(text, at, 2);
  if (d < 0 || at >= text.size() || (text[at] != 'T' && text[at] != 't' && text[at] != ' ')) return std::nullopt;
  ++at;
  const int h = read_number(text, at, 2);
  if (h < 0 || h > 23 || !read_char(text, at, ':')) return std::nullopt;
  const int mi = read_number(text, at, 2);
  if (mi < 0 || mi > 59 || !read_char(text, at, ':')) return std::nullopt;
  const int s = read_number(text, at, 2);
  if (s < 0 || s > 60) return std::nullopt;
  int ms = 0;
  if (at < text.size() && text[at] == '.') {
    ++at;
    int digits = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits) {
      if (digits < 3) ms = ms * 10 + (text[at] - '0');
    }
    if (digits == 0 || digits > 32) return std::nullopt;
    for (; digits < 3; ++digits) ms *= 10;
  }
  const auto offset = read_offset(text, at);
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
  if (!offset || !date.ok()) return std::nullopt;
  return Timestamp{sys_days{date} + hours{h} + minutes{mi} + seconds{s} - *offset + Millis{ms}};
}

std::string format_rfc3339(Timestamp time) {
  const auto day_start = floor<days>(time);
  const year_month_day date{day_start};
  const hh_mm_ss clock{time - day_start};
  std::string out = "0000-00-00T00:00:00.000Z";
  // By hand: a format string costs four times as much, and answers are full of times.
  const auto put = [&out](std::size_t last, long value, int digits) {
    for (; digits > 0; --digits, --last, value /= 10) out[last] = static_cast<char>('0' + value % 10);
  };
  put(3, static_cast<int>(date.year()), 4);
  put(6, static_cast<unsigned>(date.month()), 2);
  put(9, static_cast<unsigned>(date.day()), 2);
  put(12, clock.hours().count(), 2);
  put(15, clock.minutes().count(), 2);
  put(18, clock.seconds().count(), 2);
  put(22, clock.subseconds().count(), 3);
  return out;
}

}  // namespace epicura
