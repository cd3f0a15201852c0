#include "tests/bench/device_client.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <mosquitto.h>

#include "bridge/kitchen/answer_reader.hpp"
#include "bridge/packets.hpp"

namespace epicura::bench {
namespace {

namespace kitchen = bridge::kitchen;

constexpr int keepalive_s = 600;

class StockClient final : public DeviceClient {
 public:
  explicit StockClient(Identity identity) : id_(std::move(identity.id)) {
    mosquitto_lib_init();
    client_ = mosquitto_new(id_.c_str(), true, this);
    mosquitto_username_pw_set(client_, id_.c_str(), identity.token.c_str());
    mosquitto_max_inflight_messages_set(client_, 0);  // the publisher has its own window
    mosquitto_int_option(client_, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_connect_callback_set(
        client_, [](mosquitto*, void* self, int code) { static_cast<StockClient*>(self)->connack_ = code; });
    mosquitto_publish_callback_set(client_,
                                   [](mosquitto*, void* self, int) { ++static_cast<StockClient*>(self)->answers_; });
  }
  ~StockClient() override { mosquitto_destroy(client_); }

  void connect(const std::string& host, int port) override {
    check(mosquitto_connect(client_, host.c_str(), port, keepalive_s));
    while (connack_ < 0) check(mosquitto_loop(client_, 1000, 1));
    if (connack_ != 0) throw std::runtime_error("the broker does not let device " + id_ + " in");
  }
  int socket() const override { return mosquitto_socket(client_); }
  void publish(const std::string& topic, const std::string& payload) override {
    check(
        mosquitto_publish(client_, nullptr, topic.c_str(), static_cast<int>(payload.size()), payload.data(), 1, false));
  }
  std::size_t read_answers() override {
    check(mosquitto_loop_read(client_, 1));
    if (mosquitto_want_write(client_)) check(mosquitto_loop_write(client_, 1));
    return std::exchange(answers_, 0);
  }

 private:
  void check(int code) const {
    if (code != MOSQ_ERR_SUCCESS) throw std::runtime_error("device " + id_ + ": " + mosquitto_strerror(code));
  }

  std::string id_;
  mosquitto* client_ = nullptr;
  int connack_ = -1;
  std::size_t answers_ = 0;
};

class LeanClient final : public DeviceClient {
 public:
  explicit LeanClient(Identity identity) : identity_(std::move(identity)) {}
  ~LeanClient() override {
    if (socket_ >= 0) ::close(socket_);
  }

  void connect(const std::string& host, int port) override {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1 ||
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("no broker at " + host + ", which has to be an IPv4 address");
    }
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    packet_.clear();
    bridge::write_connect(packet_, {identity_.id, identity_.id, identity_.token, "epicura/" + identity_.id + "/status",
                                    R"({"state":"offline","epoch":1})", keepalive_s});
    send();
    char answer[4];
    if (::recv(socket_, answer, 4, MSG_WAITALL) != 4 || answer[0] != 0x20 || answer[3] != 0) {
      throw std::runtime_error("the broker does not let device " + identity_.id + " in");
    }
  }
  int socket() const override { return socket_; }
  void publish(const std::string& topic, const std::string& payload) override {
    packet_.clear();
    bridge::write_publish(packet_, topic, payload, next_id_, false);
    next_id_ = static_cast<std::uint16_t>(next_id_ % 65535 + 1);
    send();
  }
  std::size_t read_answers() override {
    std::uint8_t bytes[4096];
    const ssize_t count = ::recv(socket_, bytes, sizeof bytes, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (count <= 0) throw std::runtime_error("the broker hung up on device " + identity_.id);
    std::size_t answers = 0;
    for (ssize_t i = 0; i < count; ++i) {
      const auto step = reader_.take(bytes[i]);
      if (step == kitchen::AnswerReader::Step::broken) throw std::runtime_error("the broker does not speak MQTT");
      if (step == kitchen::AnswerReader::Step::answer && reader_.last().kind == kitchen::Answer::Kind::puback)
        ++answers;
    }
    return answers;
  }

 private:
  void send() {
    for (std::string_view rest = packet_; !rest.empty();) {
      const ssize_t count = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw std::runtime_error("device " + identity_.id + ": " + std::strerror(errno));
      rest.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  Identity identity_;
  int socket_ = -1;
  std::uint16_t next_id_ = 1;
  kitchen::AnswerReader reader_;
  std::string packet_;
};

}  // namespace

std::unique_ptr<DeviceClient> make_stock_client(Identity identity) {
  return std::make_unique<StockClient>(std::move(identity));
}
std::unique_ptr<DeviceClient> make_lean_client(Identity identity) {
  return std::make_unique<LeanClient>(std::move(identity));
}

}  // namespace epicura::bench
