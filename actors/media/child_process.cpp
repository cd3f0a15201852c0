#include "actors/media/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>

#include <fmt/format.h>

namespace epicura {

namespace {

// posix_spawn has no place for limits, and between fork and exec of a process with threads little may be done: so the
// limits are set by programs of util-linux, which become the one that is wanted, one after the other.
std::vector<std::string> limited(const ChildOrder& order) {
  std::vector<std::string> words{"/usr/bin/setpriv",
                                 "--no-new-privs",
                                 "--pdeathsig",
                                 "KILL",
                                 "/usr/bin/prlimit",
                                 fmt::format("--as={}", order.memory),
                                 fmt::format("--fsize={}", order.file_size),
                                 fmt::format("--cpu={}", order.cpu.count()),
                                 "--core=0",
                                 "--nofile=32",
                                 "--nproc=0",
                                 "--"};
  words.insert(words.end(), order.command.begin(), order.command.end());
  return words;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (auto& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

// errno, or 0.
int spawn(const ChildOrder& order, pid_t& pid) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addchdir_np(&files, order.directory.c_str());
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "said", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);

  // A group of its own, to be killed whole; no signal blocked or ignored as ours are.
  posix_spawnattr_t how;
  posix_spawnattr_init(&how);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&how, &none);
  posix_spawnattr_setsigdefault(&how, &all);
  posix_spawnattr_setpgroup(&how, 0);
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

  auto words = limited(order);
  auto names = order.environment;
  const int failure =
      ::posix_spawn(&pid, words.front().c_str(), &files, &how, pointers(words).data(), pointers(names).data());
  posix_spawnattr_destroy(&how);
  posix_spawn_file_actions_destroy(&files);
  return failure;
}

// Absent: it has ended by itself.
std::optional<ChildEnd::How> wait_for(int process, const ChildOrder& order) {
  const auto due = std::chrono::steady_clock::now() + order.limit;
  pollfd watched[] = {{process, POLLIN, 0}, {order.stop_fd, POLLIN, 0}};
  for (;;) {
    const auto left = std::chrono::ceil<Millis>(due - std::chrono::steady_clock::now());
    if (left.count() <= 0) return ChildEnd::How::timed_out;
    const int ready = ::poll(watched, 2, static_cast<int>(left.count()));
    if (ready < 0 && errno != EINTR) return ChildEnd::How::stopped;
    if (ready <= 0) continue;
    if (watched[0].revents != 0) return std::nullopt;
    if (watched[1].revents != 0) return ChildEnd::How::stopped;
  }
}

}  // namespace

ChildEnd run_child(const ChildOrder& order) {
  pid_t pid = 0;
  if (const int failure = spawn(order, pid); failure != 0) return {ChildEnd::How::not_started, failure};
  // Until it is waited for, nobody else gets its number.
  const auto process = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  auto cut = process < 0 ? std::optional(ChildEnd::How::not_started) : wait_for(process, order);
  const int failure = errno;
  // Also what it may have left behind in its group.
  ::kill(-pid, SIGKILL);
  if (process >= 0) ::close(process);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (cut) return {*cut, process < 0 ? failure : 0};
  if (WIFSIGNALED(status)) return {ChildEnd::How::killed, WTERMSIG(status)};
  // What the programs that set the limits end with where there is no such program, or it is none.
  constexpr int not_executable = 126;
  constexpr int not_found = 127;
  const int code = WEXITSTATUS(status);
  if (code == not_executable || code == not_found) return {ChildEnd::How::not_started, ENOENT};
  return {ChildEnd::How::exited, code};
}

}  // namespace epicura
