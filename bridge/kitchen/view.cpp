#include "bridge/kitchen/view.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace epicura::bridge::kitchen {
namespace {

enum class Colour { none, dim, red, yellow, green, blue };

constexpr std::string_view sequence_of(Colour colour) {
  switch (colour) {
    case Colour::dim:
      return "\x1b[2m";
    case Colour::red:
      return "\x1b[31m";
    case Colour::yellow:
      return "\x1b[33m";
    case Colour::green:
      return "\x1b[32m";
    case Colour::blue:
      return "\x1b[36m";
    case Colour::none:
      break;
  }
  return "";
}

struct Column {
  std::string_view head;
  std::size_t width;  // 0: what is left over
  int rank;           // the highest goes first when there is no room
  bool right;         // aligned
};

enum Field : std::size_t { state, id, kind, phase, bar, temperature, power, stir, lid, counts, fields };
constexpr std::array<Column, fields> columns{{
    {"", 1, 0, false},
    {"pot", 6, 1, false},
    {"kind", 11, 8, false},
    {"program", 14, 2, false},
    {"heat", 0, 3, false},
    {"C / set", 9, 0, true},
    {"power", 6, 4, true},
    {"stir", 7, 6, true},
    {"lid", 3, 5, false},
    {"sent/acked", 11, 7, true},
}};
constexpr std::size_t shortest_bar = 6, longest_bar = 36;

struct Layout {
  std::array<std::size_t, fields> widths{};  // 0: left out
};

Layout layout_of(std::size_t width) {
  Layout layout;
  for (std::size_t i = 0; i < fields; ++i) layout.widths[i] = i == bar ? shortest_bar : columns[i].width;
  const auto needed = [&] {
    std::size_t sum = 0;
    for (const std::size_t each : layout.widths) sum += each == 0 ? 0 : each + 1;
    return sum == 0 ? 0 : sum - 1;
  };
  while (needed() > width) {
    std::size_t victim = fields;
    for (std::size_t i = 0; i < fields; ++i) {
      if (layout.widths[i] != 0 && (victim == fields || columns[i].rank > columns[victim].rank)) victim = i;
    }
    if (victim == fields) break;
    layout.widths[victim] = 0;
  }
  if (layout.widths[bar] != 0) layout.widths[bar] = std::min(longest_bar, shortest_bar + width - needed());
  return layout;
}

struct Cell {
  std::string text;
  Colour colour = Colour::none;
};

// Code points: all that is shown here is one column wide.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string line_of(const std::array<Cell, fields>& cells, const Layout& layout, const ViewStyle& style) {
  std::string line;
  bool first = true;
  for (std::size_t i = 0; i < fields; ++i) {
    const std::size_t width = layout.widths[i];
    if (width == 0) continue;
    if (!std::exchange(first, false)) line += ' ';
    std::string text = cells[i].text;
    if (columns_of(text) > width) text = i == counts ? std::string(width, '*') : text.substr(0, width);
    const std::string padding(width - columns_of(text), ' ');
    const auto sequence = style.colours ? sequence_of(cells[i].colour) : std::string_view();
    if (columns[i].right) line += padding;
    line += sequence;
    line += text;
    if (!sequence.empty()) line += "\x1b[0m";
    if (!columns[i].right) line += padding;
  }
  return line;
}

// The temperature as a bar, with a mark at the set-point.
std::string bar_of(const PotGlance& pot, std::size_t width, bool blocks) {
  const auto place = [&](double celsius) {
    const double share = std::clamp(celsius / std::max(pot.hottest_c, 1.0), 0.0, 1.0);
    return static_cast<std::size_t>(std::lround(share * static_cast<double>(width)));
  };
  const std::size_t filled = place(pot.temperature_c);
  const std::size_t mark = pot.setpoint_c > 0 ? std::min(place(pot.setpoint_c), width - 1) : width;
  std::string out;
  for (std::size_t i = 0; i < width; ++i) {
    if (i == mark) {
      out += blocks ? (i < filled ? "▓" : "┃") : "|";
    } else if (i < filled) {
      out += blocks ? "█" : "=";
    } else {
      out += blocks ? "░" : ".";
    }
  }
  return out;
}

Colour warmth(double celsius) {
  if (celsius >= 90) return Colour::red;
  return celsius >= 45 ? Colour::yellow : Colour::blue;
}

std::string setpoint_of(const PotGlance& pot) {
  return pot.setpoint_c > 0 ? fmt::format("{:.0f}", pot.setpoint_c) : "-";
}

std::string stirring_of(const PotGlance& pot) {
  return pot.stir_rpm > 0 ? fmt::format("{:.0f} rpm", pot.stir_rpm) : "-";
}

// A big number in at most five columns.
std::string brief(std::uint64_t number) {
  if (number < 100'000) return std::to_string(number);
  if (number < 10'000'000) return fmt::format("{}k", number / 1'000);
  return fmt::format("{}M", number / 1'000'000);
}

std::string pot_line(const PotGlance& pot, const Layout& layout, const ViewStyle& style) {
  std::array<Cell, fields> cells;
  const char* sign = pot.online ? "*" : "-";
  if (style.blocks) sign = pot.online ? "●" : "○";
  cells[state] = {sign, pot.online ? Colour::green : Colour::red};
  cells[id] = {short_id(pot.device)};
  cells[kind] = {std::string(pot.kind)};
  cells[phase] = {fmt::format("{}{}{}", pot.program, pot.program == pot.phase ? "" : "/",
                              pot.program == pot.phase ? "" : pot.phase)};
  if (layout.widths[bar] != 0) cells[bar] = {bar_of(pot, layout.widths[bar], style.blocks), warmth(pot.temperature_c)};
  cells[temperature] = {fmt::format("{:.1f}/{:>3}", pot.temperature_c, setpoint_of(pot))};
  cells[power] = {pot.power_w > 0 ? fmt::format("{:.0f} W", pot.power_w) : "-"};
  cells[stir] = {stirring_of(pot)};
  cells[lid] = {pot.lid ? "on" : "off", pot.lid ? Colour::none : Colour::dim};
  cells[counts] = {fmt::format("{}/{}", brief(pot.sent), brief(pot.acknowledged))};
  return line_of(cells, layout, style);
}

// What happened, as far as it fits.
std::string total_line(const FleetReport& report, std::size_t width) {
  const auto seconds = static_cast<std::int64_t>(report.seconds);
  std::vector<std::string> parts{fmt::format("{}:{:02}", seconds / 60, seconds % 60),
                                 fmt::format("{} of {} online", report.connected, report.devices),
                                 fmt::format("sent {}", report.sent), fmt::format("acked {}", report.acknowledged)};
  const auto add = [&](const char* what, std::uint64_t count) {
    if (count > 0) parts.push_back(fmt::format("{} {}", what, count));
  };
  add("waiting", report.sent - report.acknowledged);
  add("held", report.held);
  add("doubled", report.doubled);
  add("dropped", report.dropped);
  parts.push_back(fmt::format("p99 {:.1f} ms", static_cast<double>(report.p99.count()) / 1e3));
  std::string line;
  for (const std::string& part : parts) {
    const std::string more = (line.empty() ? "" : "  ") + part;
    if (line.size() + more.size() > width) break;
    line += more;
  }
  return line;
}

}  // namespace

std::string short_id(const Uuid& id) {
  const std::string text = id.str();
  return text.substr(text.size() - columns[Field::id].width);
}

std::vector<std::string> view_lines(const FleetReport& report, const ViewStyle& style) {
  const Layout layout = layout_of(style.width);
  std::vector<std::string> lines;
  std::array<Cell, fields> heads;
  for (std::size_t i = 0; i < fields; ++i) heads[i] = {std::string(columns[i].head), Colour::dim};
  lines.push_back(line_of(heads, layout, style));
  for (const PotGlance& pot : report.pots) lines.push_back(pot_line(pot, layout, style));
  std::string total = total_line(report, style.width);
  if (report.pots.size() < report.devices) {
    const std::string more = fmt::format("  ({} pots are not shown)", report.devices - report.pots.size());
    if (total.size() + more.size() <= style.width) total += more;
  }
  lines.push_back(std::move(total));
  return lines;
}

std::string plain_line(const PotGlance& pot) {
  return fmt::format("{} {} {}/{} {:.1f} C (set {}) {:.0f} W, stirring {}, lid {}, {}, sent {} acknowledged {}",
                     short_id(pot.device), pot.kind, pot.program, pot.phase, pot.temperature_c, setpoint_of(pot),
                     pot.power_w, stirring_of(pot), pot.lid ? "on" : "off", pot.online ? "online" : "offline", pot.sent,
                     pot.acknowledged);
}

}  // namespace epicura::bridge::kitchen
