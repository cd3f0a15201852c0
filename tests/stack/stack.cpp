#include "tests/stack/stack.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace epicura::tests {

namespace {

using std::chrono::steady_clock;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

std::filesystem::path make_run_dir() {
  std::string path = "/tmp/epicura-stack.XXXXXX";
  if (!::mkdtemp(path.data())) throw std::runtime_error(fmt::format("mkdtemp {}: {}", path, std::strerror(errno)));
  // The servers' own users pass through it to their private directories; the secrets stay readable by us alone.
  ::chmod(path.c_str(), 0755);
  return path;
}

struct ProcessStat {
  char state = 'X';
  std::string start_time;
};

// Fields 3 and 22 of /proc/PID/stat; the name in brackets before them may hold anything.
ProcessStat process_stat(pid_t pid) {
  const auto text = read_file(fmt::format("/proc/{}/stat", pid));
  const auto bracket = text.rfind(')');
  if (bracket == std::string::npos) return {};
  std::istringstream fields(text.substr(bracket + 1));
  ProcessStat out;
  fields >> out.state;
  for (int field = 4; field <= 22; ++field) fields >> out.start_time;
  return out;
}

}  // namespace

Stack::Stack(StackOptions options) : run_dir_(make_run_dir()), environment_(std::move(options.environment)) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  try {
    up(options.servers, options.wait);
  } catch (...) {
    try {
      run_script({"down", "--remove"});
    } catch (...) {  // the first failure tells more
    }
    throw;
  }
}

Stack::~Stack() {
  try {
    keep_log();
    run_script({"down", "--remove"});
  } catch (const std::exception& error) {
    fmt::print(stderr, "stack in {} is left behind: {}\n", run_dir_.string(), error.what());
  }
}

// For tests/security/scan_logs, which knows no stack's secrets: where one of them is, that is told.
void Stack::keep_log() const {
  const char* folder = std::getenv("KEPT_LOGS");
  const auto text = log("epicura");
  if (!folder || text.empty()) return;
  std::ofstream kept(std::filesystem::path(folder) / (run_dir_.filename().string() + ".log"), std::ios::binary);
  kept << text << '\n';
  for (const auto& file : std::filesystem::directory_iterator(run_dir_ / "secrets")) {
    const auto secret = read_file(file);
    if (!secret.empty() && text.find(secret) != std::string::npos)
      kept << "secret in the log: " << file.path().filename().string() << '\n';
  }
}

std::string Stack::env(const std::string& name) const {
  std::ifstream file(run_dir_ / "env");
  const auto begin = name + "='";
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(begin, 0) == 0) return line.substr(begin.size(), line.size() - begin.size() - 1);
  }
  throw std::runtime_error(fmt::format("{} has no {}", (run_dir_ / "env").string(), name));
}

pid_t Stack::pid(std::string_view server) const {
  std::ifstream file(run_dir_ / "pid" / server);
  pid_t pid = 0;
  if (!(file >> pid)) throw std::runtime_error(fmt::format("{} was never started in {}", server, run_dir_.string()));
  return pid;
}

bool Stack::alive(std::string_view server) const {
  std::ifstream file(run_dir_ / "pid" / server);
  pid_t pid = 0;
  std::string start_time;
  if (!(file >> pid >> start_time)) return false;
  const auto now = process_stat(pid);
  return now.state != 'Z' && now.state != 'X' && now.start_time == start_time;
}

void Stack::signal(std::string_view server, int signal_number) {
  if (!alive(server)) throw std::runtime_error(fmt::format("{} does not run", server));
  if (::kill(pid(server), signal_number) != 0) {
    throw std::runtime_error(fmt::format("kill {} of {}: {}", signal_number, server, std::strerror(errno)));
  }
}

void Stack::pause(std::string_view server) {
  signal(server, SIGSTOP);
}
void Stack::resume(std::string_view server) {
  signal(server, SIGCONT);
}

Ending Stack::kill(std::string_view server) {
  signal(server, SIGKILL);
  return wait_for_end(server, std::chrono::seconds(10));
}

Ending Stack::terminate(std::string_view server, std::chrono::milliseconds limit) {
  signal(server, SIGTERM);
  return wait_for_end(server, limit);
}

Ending Stack::wait_for_end(std::string_view server, std::chrono::milliseconds limit) {
  const auto process = pid(server);
  const auto until = steady_clock::now() + limit;
  while (true) {
    collect(process);
    if (const auto& ending = processes_[process]) return *ending;
    if (steady_clock::now() > until)
      throw std::runtime_error(fmt::format("{} still lives after {} ms", server, limit.count()));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

// A zombie of ours, if it is one, is waited for and its ending kept.
void Stack::collect(pid_t process) {
  int status = 0;
  if (::waitpid(process, &status, WNOHANG) != process) return;
  processes_[process] = WIFSIGNALED(status) ? Ending{.exit_code = 0, .signal = WTERMSIG(status)}
                                            : Ending{.exit_code = WEXITSTATUS(status), .signal = 0};
}

void Stack::set_environment(const std::string& name, std::optional<std::string> value) {
  if (value) {
    environment_[name] = std::move(*value);
  } else {
    environment_.erase(name);
  }
}

void Stack::up(const std::vector<std::string>& servers, bool wait) {
  std::vector<std::string> words{"up"};
  if (!wait) words.emplace_back("--no-wait");
  words.insert(words.end(), servers.begin(), servers.end());
  run_script(words);
}

void Stack::restart(std::string_view server, bool wait) {
  std::vector<std::string> words{"restart"};
  if (!wait) words.emplace_back("--no-wait");
  words.emplace_back(server);
  run_script(words);
}

std::string Stack::log(std::string_view server) const {
  return read_file(run_dir_ / "log" / fmt::format("{}.log", server));
}

void Stack::run_script(const std::vector<std::string>& words) {
  // The test's own build is what is tested, whatever the caller's environment says.
  auto environment = environment_;
  environment["EPICURA_RUN_DIR"] = run_dir_.string();
  environment["EPICURA_BUILD"] = std::filesystem::path(EPICURA_BUILD_DIR).filename().string();
  environment["EPICURA_STACK_NO_BUILD"] = "1";
  std::vector<std::string> lines;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view line(*entry);
    const std::string name(line.substr(0, line.find('=')));
    if (!environment.contains(name)) lines.emplace_back(line);
  }
  for (const auto& [name, value] : environment) lines.push_back(fmt::format("{}={}", name, value));

  const auto script = std::string(EPICURA_SOURCE_DIR) + "/scripts/stack";
  const auto output = (run_dir_.parent_path() / (run_dir_.filename().string() + ".output")).string();
  std::vector<char*> arguments{const_cast<char*>(script.c_str())};
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  std::vector<char*> variables;
  variables.reserve(lines.size() + 1);
  for (auto& line : lines) variables.push_back(line.data());
  variables.push_back(nullptr);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  pid_t process = 0;
  const int error = ::posix_spawn(&process, script.c_str(), &files, nullptr, arguments.data(), variables.data());
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) throw std::runtime_error(fmt::format("{}: {}", script, std::strerror(error)));
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  const auto text = read_file(output);
  ::unlink(output.c_str());
  for (const auto& server : {"postgres", "nats", "mosquitto", "epicura"}) {
    pid_t started = 0;
    if (std::ifstream(run_dir_ / "pid" / server) >> started) processes_.try_emplace(started);
  }
  for (const auto& [known, ending] : processes_) {
    if (!ending) collect(known);
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error(fmt::format("scripts/stack {} (status {}):\n{}", words.front(), status, text));
  }
}

}  // namespace epicura::tests
