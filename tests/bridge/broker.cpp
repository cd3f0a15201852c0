#include "tests/bridge/broker.hpp"

#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include <mosquitto.h>

namespace epicura::bridge::test {

Broker::Broker() {
  std::ofstream conf(directory_ / "mosquitto.conf");
  conf << "listener " << port_ << " 127.0.0.1\n"
       << "listener 0 " << socket_path() << "\n"
       << "allow_anonymous true\n"
       << "persistence true\npersistence_location " << directory_ / ""
       << "\n"
       << "max_inflight_messages 2000\nmax_queued_messages 1000000\nmax_packet_size 65536\n"
       << "set_tcp_nodelay true\nsys_interval 1\n"
       << "log_dest file " << directory_ / "log"
       << "\n";
  if (::geteuid() == 0) conf << "user root\n";
  conf.close();
  start();
}

void Broker::start() {
  process_.start({.words = {"mosquitto", "-c", directory_ / "mosquitto.conf"}, .log = directory_ / "err"});
  if (!wait_until([this] { return tests::accepts(port_); })) throw std::runtime_error("mosquitto does not answer");
}

void publish(const Broker& broker, const std::vector<Outgoing>& messages) {
  struct State {
    bool connected = false;
    std::size_t done = 0;
  } state;
  mosquitto_lib_init();
  mosquitto* const client = mosquitto_new(nullptr, true, &state);
  mosquitto_connect_callback_set(client,
                                 [](mosquitto*, void* s, int code) { static_cast<State*>(s)->connected = code == 0; });
  mosquitto_publish_callback_set(client, [](mosquitto*, void* s, int) { ++static_cast<State*>(s)->done; });
  if (mosquitto_connect(client, "127.0.0.1", broker.port(), 60) != MOSQ_ERR_SUCCESS) {
    throw std::runtime_error("the publisher cannot connect");
  }
  const auto loop_until = [&](auto holds) {
    while (!holds()) {
      if (mosquitto_loop(client, 1'000, 100) != MOSQ_ERR_SUCCESS)
        throw std::runtime_error("the publisher was hung up on");
    }
  };
  loop_until([&] { return state.connected; });
  std::size_t sent = 0;
  for (const Outgoing& message : messages) {
    const int code = mosquitto_publish(client, nullptr, message.topic.c_str(), static_cast<int>(message.payload.size()),
                                       message.payload.data(), message.qos, message.retained);
    if (code != MOSQ_ERR_SUCCESS) throw std::runtime_error("publish: " + std::string(mosquitto_strerror(code)));
    ++sent;
    if (sent - state.done >= 20) loop_until([&] { return sent - state.done < 20; });
  }
  loop_until([&] { return state.done == sent; });
  mosquitto_disconnect(client);
  mosquitto_destroy(client);
}

}  // namespace epicura::bridge::test
