#include "tests/fault/second_program.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

namespace epicura::tests {

namespace {

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  ::close(fd);
  return ntohs(address.sin_port);
}

}  // namespace

SecondProgram::SecondProgram(const House& house) : port_(free_port()), ops_port_(free_port()) {
  std::ifstream file("/proc/" + std::to_string(house.stack.pid("epicura")) + "/environ", std::ios::binary);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line, '\0');) {
    if (line.rfind("EPICURA_PORT=", 0) != 0 && line.rfind("EPICURA_OPS_PORT=", 0) != 0) lines.push_back(line);
  }
  lines.push_back("EPICURA_PORT=" + std::to_string(port_));
  lines.push_back("EPICURA_OPS_PORT=" + std::to_string(ops_port_));
  std::vector<char*> environment;
  environment.reserve(lines.size() + 1);
  for (auto& line : lines) environment.push_back(line.data());
  environment.push_back(nullptr);
  auto binary = house.stack.env("EPICURA_BIN");
  std::string serve = "serve";
  char* arguments[] = {binary.data(), serve.data(), nullptr};
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  const auto log = (house.stack.run_dir() / "log" / "second.log").string();
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  REQUIRE(::posix_spawn(&pid_, binary.c_str(), &files, nullptr, arguments, environment.data()) == 0);
  posix_spawn_file_actions_destroy(&files);
}

SecondProgram::~SecondProgram() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::string SecondProgram::api(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/api/v1" + path;
}

bool SecondProgram::is_ready(bool standing_by) const {
  const auto answer = http_get("http://127.0.0.1:" + std::to_string(ops_port_) + "/ready");
  return answer.status == 200 && (answer.body.find(R"("standby":true)") != std::string::npos) == standing_by;
}

std::string SecondProgram::metrics() const {
  return http_get("http://127.0.0.1:" + std::to_string(ops_port_) + "/metrics").body;
}

}  // namespace epicura::tests
