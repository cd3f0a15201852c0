#include "tests/bridge/broker.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <thread>

#include <mosquitto.h>

extern char** environ;

namespace epicura::bridge::test {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw std::runtime_error("no free port");
  }
  ::close(fd);
  return ntohs(address.sin_port);
}

bool answers(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = loopback(port);
  const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return connected;
}

}  // namespace

Broker::Broker() {
  char path[] = "/tmp/epicura-bridge-XXXXXX";
  if (::mkdtemp(path) == nullptr) throw std::runtime_error("mkdtemp");
  directory_ = path;
  port_ = free_port();
  std::ofstream conf(directory_ + "/mosquitto.conf");
  conf << "listener " << port_ << " 127.0.0.1\n"
       << "listener 0 " << socket_path() << "\n"
       << "allow_anonymous true\n"
       << "persistence true\npersistence_location " << directory_ << "/\n"
       << "max_inflight_messages 2000\nmax_queued_messages 1000000\nmax_packet_size 65536\n"
       << "set_tcp_nodelay true\nsys_interval 1\n"
       << "log_dest file " << directory_ << "/log\n";
  if (::geteuid() == 0) conf << "user root\n";
  conf.close();
  start();
}

Broker::~Broker() {
  kill();
  std::filesystem::remove_all(directory_);
}

void Broker::start() {
  const std::string conf = directory_ + "/mosquitto.conf";
  const char* const arguments[] = {"mosquitto", "-c", conf.c_str(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, (directory_ + "/err").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int code =
      ::posix_spawn(&pid_, "/usr/sbin/mosquitto", &actions, nullptr, const_cast<char* const*>(arguments), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (code != 0) throw std::runtime_error("mosquitto does not start");
  if (!eventually([this] { return answers(port_); })) throw std::runtime_error("mosquitto does not answer");
}

void Broker::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
  reap();
}

void Broker::terminate() {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
  reap();
}

void Broker::reap() {
  if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
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

bool eventually(const std::function<bool()>& holds, Millis limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(Millis{2});
  }
  return true;
}

}  // namespace epicura::bridge::test
