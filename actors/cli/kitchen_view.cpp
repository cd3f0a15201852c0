#include "actors/cli/kitchen_view.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

#include "actors/cli/load.hpp"
#include "bridge/kitchen/view.hpp"

namespace epicura::cli {
namespace {

constexpr int plain_interval_s = 10;

winsize terminal_size() {
  winsize size{};
  ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
  if (size.ws_col == 0) size.ws_col = 80;
  if (size.ws_row == 0) size.ws_row = 24;
  return size;
}

bool utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value = environment_text(name);
    if (value.empty()) continue;
    return value.find("UTF-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

}  // namespace

// NO_COLOR: https://no-color.org, any value that is not empty.
KitchenView::KitchenView()
    : terminal_(::isatty(STDOUT_FILENO) == 1 && environment_text("TERM") != "dumb"),
      colours_(environment_text("NO_COLOR").empty()),
      blocks_(utf8_locale()) {}

void KitchenView::draw(const bridge::kitchen::FleetReport& report) {
  if (!terminal_) {
    if (seconds_++ % plain_interval_s != 0) return;
    for (const auto& pot : report.pots) fmt::print("{:5.0f} s  {}\n", report.seconds, plain_line(pot));
    std::fflush(stdout);
    return;
  }
  const winsize size = terminal_size();
  auto shown = report;
  // A block higher than the terminal could not be drawn again in place.
  const std::size_t room = size.ws_row > 4 ? size.ws_row - 4U : 1U;
  if (shown.pots.size() > room) shown.pots.resize(room);
  // The last column stays free: some terminals go to the next line once it is written.
  const auto lines = view_lines(shown, {size.ws_col - std::size_t{1}, colours_, blocks_});
  std::string text = drawn_ > 0 ? fmt::format("\x1b[{}A\r", drawn_) : "";
  for (const std::string& line : lines) text += line + "\x1b[K\n";
  text += "\x1b[J";
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
  drawn_ = lines.size();
}

}  // namespace epicura::cli
