#include "tests/stack/server_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace epicura::tests {

namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// For execve, which wants them as they lie in memory, with a null behind them.
std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const auto& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

}  // namespace

bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return true;
}

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  const bool ok = ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!ok) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

bool accepts(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return connected;
}

OwnDirectory::OwnDirectory(std::string pattern) {
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no directory " + pattern);
  path_ = pattern;
}

OwnDirectory::~OwnDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void ServerProcess::start(const Command& command) {
  std::vector<std::string> environment = command.environment;  // the first of two values of a name counts
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  const auto variables = pointers(environment);
  const auto words = pointers(command.words);
  const std::string in_sbin = "/usr/sbin/" + command.words.front();
  exit_code_ = -1;
  pid_ = ::fork();
  if (pid_ != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int input = ::open("/dev/null", O_RDONLY);
  const int output = ::open(command.log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  if (command.largest_file) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{*command.largest_file, *command.largest_file};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ::execvpe(words[0], words.data(), variables.data());
  ::execve(in_sbin.c_str(), words.data(), variables.data());
  ::_exit(127);
}

ServerProcess::~ServerProcess() {
  kill();
}

bool ServerProcess::alive() {
  if (pid_ < 0) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == 0) return true;
  pid_ = -1;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

void ServerProcess::kill() {
  signal(SIGKILL);
  wait_until([this] { return !alive(); });
}

int ServerProcess::stop(std::chrono::milliseconds limit) {
  signal(SIGTERM);
  if (!wait_until([this] { return !alive(); }, limit)) kill();
  return exit_code_;
}

void ServerProcess::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

// A signal takes its time to reach threads that are at work on other cores.
void ServerProcess::pause() const {
  signal(SIGSTOP);
  wait_until([this] { return pid_ <= 0 || is_stopped(pid_); });
}

bool is_stopped(pid_t pid) {
  std::error_code gone;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
    std::ifstream file(task.path() / "stat");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto name_end = text.rfind(')');
    if (name_end != std::string::npos && text.compare(name_end, 3, ") T") != 0) return false;
  }
  return true;
}

}  // namespace epicura::tests
