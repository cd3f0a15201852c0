#include "tests/plugin/wire.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace epicura::test::wire {

std::string text(std::string_view text) {
  std::string out;
  out += static_cast<char>(text.size() >> 8);
  out += static_cast<char>(text.size() & 255);
  return out.append(text);
}

std::string packet(std::uint8_t first_byte, const std::string& rest) {
  std::string out(1, static_cast<char>(first_byte));
  std::size_t left = rest.size();
  do {
    const auto low = static_cast<std::uint8_t>(left % 128);
    left /= 128;
    out += static_cast<char>(left > 0 ? low | 128 : low);
  } while (left > 0);
  return out + rest;
}

std::string connect(const Connect& connect) {
  int flags = connect.clean_session ? 2 : 0;
  if (connect.username) flags |= 128;
  if (connect.password) flags |= 64;
  std::string rest = text(connect.level == 3 ? "MQIsdp" : "MQTT");
  rest += static_cast<char>(connect.level);
  rest += static_cast<char>(flags);
  rest += '\0';
  rest += '<';  // keep-alive: 60 s
  if (connect.level == 5) rest += static_cast<char>(connect.properties.size()) + connect.properties;
  rest += text(connect.client_id);
  if (connect.username) rest += text(*connect.username);
  if (connect.password) rest += text(*connect.password);
  return packet(0x10, rest);
}

std::string publish(const std::string& topic, const std::string& payload, int qos) {
  std::string rest = text(topic);
  if (qos > 0) rest += std::string("\0\1", 2);
  return packet(static_cast<std::uint8_t>(0x30 | qos << 1), rest + payload);
}

Line::Line(const Broker& broker) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(broker.port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("connect");
  const timeval limit{3, 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

Line::~Line() {
  close(fd_);
}

bool Line::write(const std::string& bytes) {
  return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

std::string Line::read(std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    const ssize_t got = recv(fd_, bytes.data() + have, count - have, 0);
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

bool Line::hung_up() {
  char byte = 0;
  ssize_t got = 0;
  while ((got = recv(fd_, &byte, 1, 0)) > 0) {
  }
  return got == 0 || errno == ECONNRESET;
}

}  // namespace epicura::test::wire
