#include "nats_server.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wait_until.hpp"

namespace epicura::bus {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(fd);
  return ntohs(address.sin_port);
}

bool greets(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  char first = 0;
  const bool yes = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                   ::recv(fd, &first, 1, 0) == 1 && first == 'I';
  ::close(fd);
  return yes;
}

}  // namespace

NatsServer::NatsServer(const std::string& max_file_store, bool started) : port_(free_port()) {
  std::string pattern = (std::filesystem::temp_directory_path() / "epicura-nats-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  directory_ = pattern;
  std::ostringstream text;
  text << std::ifstream(EPICURA_SOURCE_DIR "/conf/nats-server.conf").rdbuf();
  std::string configuration = text.str();
  if (!max_file_store.empty()) {
    const std::string usual = "max_file_store: 8GB";
    const auto at = configuration.find(usual);
    if (at == std::string::npos) throw std::runtime_error("conf/nats-server.conf has no " + usual);
    configuration.replace(at, usual.size(), "max_file_store: " + max_file_store);
  }
  std::ofstream(directory_ / "nats-server.conf") << configuration;
  if (started) start();
}

NatsServer::~NatsServer() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void NatsServer::start() {
  const std::string configuration = directory_ / "nats-server.conf";
  const std::string log = directory_ / "nats.log";
  const std::string port = std::to_string(port_);
  const std::string store = directory_ / "store";
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed leaves nothing behind
    ::setenv("NATS_PORT", port.c_str(), 1);
    ::setenv("NATS_STORE_DIR", store.c_str(), 1);
    ::setenv("NATS_EPICURA_PASSWORD", password_.c_str(), 1);
    ::setenv("NATS_OPS_PASSWORD", ops_password, 1);
    const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::execlp("nats-server", "nats-server", "-c", configuration.c_str(), nullptr);
    ::execl("/usr/sbin/nats-server", "nats-server", "-c", configuration.c_str(), nullptr);
    ::_exit(127);
  }
  if (!wait_until([this] { return greets(port_); })) throw std::runtime_error("nats-server does not start: " + log);
}

void NatsServer::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void NatsServer::stop() {
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void NatsServer::pause() {
  ::kill(pid_, SIGSTOP);
}
void NatsServer::resume() {
  ::kill(pid_, SIGCONT);
}
void NatsServer::lose_files() {
  std::filesystem::remove_all(directory_ / "store");
}

std::string NatsServer::url(const std::string& user, const std::string& password) const {
  return "nats://" + user + ":" + password + "@127.0.0.1:" + std::to_string(port_);
}

}  // namespace epicura::bus
