#include "nats_server.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace epicura::bus {

NatsServer::NatsServer(const std::string& max_file_store, bool started) {
  std::filesystem::copy_file(EPICURA_SOURCE_DIR "/conf/nats-server.conf", directory_ / "nats-server.conf");
  if (!max_file_store.empty()) configure("max_file_store: 8GB", "max_file_store: " + max_file_store);
  if (started) start();
}

void NatsServer::start() {
  process_.start(
      {.words = {"nats-server", "-c", directory_ / "nats-server.conf"},
       .environment = {"NATS_PORT=" + std::to_string(port_), "NATS_STORE_DIR=" + directory_ / "store",
                       "NATS_EPICURA_PASSWORD=" + password_, std::string("NATS_OPS_PASSWORD=") + ops_password,
                       std::string("NATS_RECORDER_PASSWORD=") + recorder_password,
                       std::string("NATS_REPLAYER_PASSWORD=") + replayer_password,
                       R"(NATS_REPLAYER_DENIED=["epicura.*.commands", "epicura.*.ota", "epicura.*.shadow.desired"])"},
       .log = directory_ / "nats.log"});
  if (!wait_until([this] { return tests::accepts(port_); }))
    throw std::runtime_error("nats-server does not start: " + directory_ / "nats.log");
}

void NatsServer::lose_files() {
  std::filesystem::remove_all(directory_ / "store");
}

void NatsServer::configure(const std::string& usual, const std::string& instead) {
  const auto file = directory_ / "nats-server.conf";
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  std::string configuration = text.str();
  const auto at = configuration.find(usual);
  if (at == std::string::npos) throw std::runtime_error("conf/nats-server.conf has no " + usual);
  std::ofstream(file) << configuration.replace(at, usual.size(), instead);
}

std::string NatsServer::url(const std::string& user, const std::string& password) const {
  return "nats://" + user + ":" + password + "@127.0.0.1:" + std::to_string(port_);
}

}  // namespace epicura::bus
