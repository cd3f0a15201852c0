#include "tests/plugin/broker.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "schema/device_token.hpp"

namespace epicura::test {
namespace {

namespace fs = std::filesystem;

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

int loopback_socket(int port, bool connecting) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if ((connecting ? connect(fd, raw, sizeof address) : bind(fd, raw, sizeof address)) == 0) return fd;
  close(fd);
  return -1;
}

bool accepts_on(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const bool accepted = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return accepted;
}

int free_port() {
  const int fd = loopback_socket(0, false);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

}  // namespace

bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

std::string new_device_id() {
  return Uuid::v7().str();
}

Broker::Broker(BrokerSpec spec) : spec_(std::move(spec)), port_(free_port()) {
  std::string name = (fs::temp_directory_path() / "epicura-broker-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  directory_ = name;
  write_files();
}

Broker::~Broker() {
  kill();
  fs::remove_all(directory_);
}

void Broker::write_files() const {
  for (const char* part : {"/data", "/run", "/secrets"}) fs::create_directory(directory_ + part);
  fs::copy_file(EPICURA_BUILD_DIR "/bridge/plugin/epicura_mosquitto.so", directory_ + "/epicura_mosquitto.so");
  write_text(directory_ + "/secrets/device_token_secret", spec_.token_key + "\n");
  write_text(directory_ + "/secrets/bridge_password", spec_.bridge_password + "\n");
  write_text(directory_ + "/log", "");

  std::string conf = text_of(EPICURA_SOURCE_DIR "/conf/mosquitto.conf");
  replace_all(conf, "@PORT@", std::to_string(port_));
  replace_all(conf, "@SOCKET@", socket());
  replace_all(conf, "@DATA_DIR@", data_directory());
  replace_all(conf, "@PLUGIN@", directory_ + "/epicura_mosquitto.so");
  replace_all(conf, "@SECRETS@", directory_ + "/secrets");
  for (const auto& [from, to] : spec_.replace) {
    if (conf.find(from) == conf.npos) throw std::runtime_error("not in mosquitto.conf: " + from);
    replace_all(conf, from, to);
  }
  write_text(directory_ + "/mosquitto.conf", conf);

  if (geteuid() == 0) {  // the broker becomes its own user before it opens anything
    const passwd* user = getpwnam("mosquitto");
    if (user == nullptr) throw std::runtime_error("no user mosquitto");
    for (const auto& entry : fs::recursive_directory_iterator(directory_)) {
      if (chown(entry.path().c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown");
    }
    if (chown(directory_.c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown");
  }
}

bool Broker::start() {
  exit_code_ = -1;
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int out = spec_.short_of_files ? ::open("/dev/null", O_WRONLY)
                                         : ::open((directory_ + "/log").c_str(), O_WRONLY | O_APPEND);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    if (spec_.short_of_files) {
      std::signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{200, 200};
      setrlimit(RLIMIT_FSIZE, &limit);
    }
    execlp("mosquitto", "mosquitto", "-c", (directory_ + "/mosquitto.conf").c_str(), nullptr);
    _exit(127);
  }
  bool accepts = false;
  wait_until([&] {
    const int fd = loopback_socket(port_, true);
    if (fd >= 0) close(fd);
    accepts = fd >= 0 && accepts_on(socket());
    return accepts || !alive();
  });
  return accepts;
}

bool Broker::alive() {
  if (pid_ < 0) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == 0) return true;
  pid_ = -1;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

void Broker::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int Broker::stop() {
  ::kill(pid_, SIGTERM);
  if (!wait_until([&] { return !alive(); }, std::chrono::seconds(10))) kill();
  return exit_code_;
}

void Broker::signal(int number) const {
  ::kill(pid_, number);
}

std::string Broker::log() const {
  return text_of(directory_ + "/log");
}

std::string Broker::token(const std::string& device_id, std::uint32_t generation) const {
  return make_device_token(spec_.token_key, {*Uuid::parse(device_id), generation});
}

std::size_t Broker::resident_kib() const {
  std::ifstream facts("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(facts, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  return 0;
}

}  // namespace epicura::test
