#include "tests/fault/pot.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "bridge/packets.hpp"

namespace epicura::tests {

using bridge::kitchen::Answer;
using bridge::kitchen::AnswerReader;

Pot::Pot(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval limit{5, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  // A broker that does not listen shows at the first send.
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
}

Pot::~Pot() {
  ::close(socket_);
}

int Pot::connect(const KitchenDevice& device) {
  return connect(device.id.str(), device.id.str(), device.token);
}

int Pot::connect(const std::string& client_id, const std::string& username, const std::string& password) {
  const auto will_topic = "epicura/" + username + "/status";
  std::string bytes;
  bridge::write_connect(bytes, {client_id, username, password, will_topic, R"({"state":"offline","epoch":1})", 60});
  Answer answer{};
  if (!send(bytes) || !receive(answer) || answer.kind != Answer::Kind::connack) return hung_up;
  return answer.code;
}

bool Pot::publish(std::string_view topic, std::string_view payload) {
  std::string bytes;
  bridge::write_publish(bytes, topic, payload, ++packet_id_, false);
  Answer answer{};
  return send(bytes) && receive(answer) && answer.kind == Answer::Kind::puback && answer.packet_id == packet_id_;
}

bool Pot::send(const std::string& bytes) const {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto count = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

bool Pot::receive(Answer& answer) {
  std::uint8_t byte = 0;
  while (::recv(socket_, &byte, 1, 0) == 1) {
    const auto step = reader_.take(byte);
    if (step == AnswerReader::Step::broken) return false;
    if (step == AnswerReader::Step::more) continue;
    answer = reader_.last();
    return true;
  }
  return false;
}

}  // namespace epicura::tests
