#include "tests/bench/processes.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace epicura::bench {
namespace {

struct Stat {
  int parent = 0;
  std::uint64_t ticks = 0;
};

Stat stat_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  Stat stat;
  std::uint64_t user = 0, system = 0, childrens_user = 0, childrens_system = 0;
  fields >> skipped >> stat.parent;
  for (int i = 0; i < 9; ++i) fields >> skipped;
  fields >> user >> system >> childrens_user >> childrens_system;
  stat.ticks = user + system + childrens_user + childrens_system;
  return stat;
}

}  // namespace

std::uint64_t cpu_us(int pid) {
  std::uint64_t ticks = stat_of(std::to_string(pid)).ticks;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (const Stat child = stat_of(name); child.parent == pid) ticks += child.ticks;
  }
  return ticks * 1'000'000 / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
}

std::uint64_t rss_kb(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  std::uint64_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

}  // namespace epicura::bench
