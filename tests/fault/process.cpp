#include "tests/fault/process.hpp"

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace epicura::tests {

ProcessFacts facts_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  ProcessFacts out;
  for (std::string word; file >> word;) {
    if (word == "VmRSS:") file >> out.rss_kib;
    if (word == "Threads:") file >> out.threads;
  }
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text, '\0');
  if (const auto bracket = text.rfind(')'); bracket != std::string::npos) {
    std::istringstream fields(text.substr(bracket + 1));
    std::string skipped;
    for (int field = 3; field < 14; ++field) fields >> skipped;
    long user_ticks = 0;
    long system_ticks = 0;
    fields >> user_ticks >> system_ticks;
    out.cpu = std::chrono::milliseconds((user_ticks + system_ticks) * 1000 / ::sysconf(_SC_CLK_TCK));
  }
  return out;
}

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> out;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    std::string text;
    std::getline(file, text, '\0');
    const auto bracket = text.rfind(')');  // the name in brackets may hold anything
    if (bracket == std::string::npos) continue;
    char state = 0;
    pid_t parent = 0;
    std::istringstream(text.substr(bracket + 1)) >> state >> parent;
    if (parent == pid) out.push_back(static_cast<pid_t>(std::stol(name)));
  }
  return out;
}

void stop_with_children(pid_t pid) {
  ::kill(pid, SIGSTOP);  // it makes no more children from here on
  for (const auto child : children_of(pid)) ::kill(child, SIGSTOP);
}

void continue_with_children(pid_t pid) {
  for (const auto child : children_of(pid)) ::kill(child, SIGCONT);
  ::kill(pid, SIGCONT);
}

}  // namespace epicura::tests
