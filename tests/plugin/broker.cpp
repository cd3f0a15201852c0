#include "tests/plugin/broker.hpp"

#include <pwd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

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

bool accepts_on(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const bool accepted = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return accepted;
}

}  // namespace

std::string new_device_id() {
  return Uuid::v7().str();
}

Broker::Broker(BrokerSpec spec) : spec_(std::move(spec)) {
  write_files();
}

void Broker::write_files() const {
  for (const char* part : {"data", "run", "secrets"}) fs::create_directory(directory_ / part);
  fs::copy_file(EPICURA_BUILD_DIR "/bridge/plugin/epicura_mosquitto.so", directory_ / "epicura_mosquitto.so");
  write_text(directory_ / "secrets/device_token_secret", spec_.token_key + "\n");
  write_text(directory_ / "secrets/bridge_password", spec_.bridge_password + "\n");
  write_text(directory_ / "log", "");

  std::string conf = text_of(EPICURA_SOURCE_DIR "/conf/mosquitto.conf");
  replace_all(conf, "@PORT@", std::to_string(port_));
  replace_all(conf, "@SOCKET@", socket());
  replace_all(conf, "@DATA_DIR@", data_directory());
  replace_all(conf, "@PLUGIN@", directory_ / "epicura_mosquitto.so");
  replace_all(conf, "@SECRETS@", directory_ / "secrets");
  for (const auto& [from, to] : spec_.replace) {
    if (conf.find(from) == conf.npos) throw std::runtime_error("not in mosquitto.conf: " + from);
    replace_all(conf, from, to);
  }
  write_text(directory_ / "mosquitto.conf", conf);

  if (geteuid() == 0) {  // the broker becomes its own user before it opens anything
    const passwd* user = getpwnam("mosquitto");
    if (user == nullptr) throw std::runtime_error("no user mosquitto");
    for (const auto& entry : fs::recursive_directory_iterator(directory_.path())) {
      if (chown(entry.path().c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown");
    }
    if (chown(directory_.path().c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown");
  }
}

bool Broker::start() {
  process_.start({.words = {"mosquitto", "-c", directory_ / "mosquitto.conf"},
                  .log = spec_.short_of_files ? "/dev/null" : directory_ / "log",
                  .largest_file = spec_.short_of_files ? std::optional<rlim_t>(200) : std::nullopt});
  bool accepts = false;
  wait_until([&] {
    accepts = tests::accepts(port_) && accepts_on(socket());
    return accepts || !alive();
  });
  return accepts;
}

std::string Broker::log() const {
  return text_of(directory_ / "log");
}

std::string Broker::token(const std::string& device_id, std::uint32_t generation) const {
  return make_device_token(spec_.token_key, {*Uuid::parse(device_id), generation});
}

std::size_t Broker::resident_kib() const {
  std::ifstream facts("/proc/" + std::to_string(pid()) + "/status");
  for (std::string line; std::getline(facts, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  return 0;
}

}  // namespace epicura::test
