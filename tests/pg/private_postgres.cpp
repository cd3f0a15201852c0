#include "tests/pg/private_postgres.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace epicura::pg {

namespace {

namespace fs = std::filesystem;

const passwd* server_user() {
  return geteuid() == 0 ? getpwnam("postgres") : nullptr;
}

// Debian keeps each major version in a directory of its own.
fs::path binary(const std::string& name) {
  fs::path newest;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql")) {
    const auto candidate = version.path() / "bin" / name;
    if (fs::exists(candidate) && (newest.empty() || newest < candidate)) newest = candidate;
  }
  if (newest.empty()) throw std::runtime_error("PostgreSQL's server is not installed: no " + name);
  return newest;
}

int free_port() {
  const int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool ok = bind(socket_fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                  getsockname(socket_fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(socket_fd);
  if (!ok) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

// The child is the server itself, so that its pid is the one to signal; it ends with this program (PR_SET_PDEATHSIG).
pid_t spawn(const std::vector<std::string>& command, const std::string& log) {
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const passwd* user = server_user();
  const pid_t pid = fork();
  if (pid != 0) return pid;
  setsid();
  if (user != nullptr && (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
    _exit(126);
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  const int in = open("/dev/null", O_RDONLY);
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(in, 0);
  dup2(out, 1);
  dup2(out, 2);
  close_range(3, ~0U, 0);
  if (chdir("/") != 0) _exit(126);
  execv(argv[0], argv.data());
  _exit(127);
}

}  // namespace

PrivatePostgres& PrivatePostgres::instance() {
  static PrivatePostgres server;
  return server;
}

PrivatePostgres::PrivatePostgres() {
  std::string pattern = "/var/tmp/epicura-test-pg-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no directory under /var/tmp");
  directory_ = pattern;
  if (const passwd* user = server_user()) {
    if (chown(directory_.c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown");
  }
  const pid_t made = spawn({binary("initdb"), "-D", directory_ + "/data", "-U", "epicura", "-A", "trust", "-E", "UTF8",
                            "--locale=C.UTF-8", "--no-sync"},
                           directory_ + "/log");
  int status = 0;
  waitpid(made, &status, 0);
  if (status != 0) throw std::runtime_error("initdb failed: see " + directory_ + "/log");
  port_ = free_port();
  start();
}

// Without fsync: the tests kill processes, not the machine, and recovery would sync each file of each database.
void PrivatePostgres::start() {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < until) {
    if (pid_ < 0) {
      pid_ = spawn({binary("postgres"), "-D", directory_ + "/data", "-p", std::to_string(port_), "-c",
                    "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=40", "-c",
                    "fsync=off"},
                   directory_ + "/log");
    }
    if (PQping(conninfo("postgres").c_str()) == PQPING_OK) return;
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;  // backends of the killed one still hold its memory
    std::this_thread::sleep_for(Millis(20));
  }
  throw std::runtime_error("PostgreSQL does not start: see " + directory_ + "/log");
}

void PrivatePostgres::kill() {
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

PrivatePostgres::~PrivatePostgres() {
  if (pid_ > 0) {
    ::kill(pid_, SIGQUIT);  // at once, without a checkpoint
    waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

std::string PrivatePostgres::conninfo(const std::string& database) const {
  return fmt::format("postgresql://epicura@127.0.0.1:{}/{}?sslmode=disable", port_, database);
}

std::string PrivatePostgres::new_database(const std::string& name) {
  run_sql(conninfo("postgres"), "create database " + name);
  return conninfo(name);
}

Rows run_sql(const std::string& conninfo, const std::string& sql) {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> conn(PQconnectdb(conninfo.c_str()), PQfinish);
  PQsetNoticeProcessor(
      conn.get(), [](void*, const char*) {}, nullptr);
  Rows rows(PQexec(conn.get(), sql.c_str()));
  if (*PQerrorMessage(conn.get()) != '\0') throw std::runtime_error(PQerrorMessage(conn.get()));
  return rows;
}

}  // namespace epicura::pg
