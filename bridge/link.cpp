#include "bridge/link.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "bridge/packets.hpp"
#include "bridge/topic_map.hpp"

namespace epicura::bridge {
namespace {

constexpr std::uint8_t connack = 0x2, publish = 0x3, suback = 0x9, pingresp = 0xD;

constexpr Millis good_bye_limit{500};

constexpr const char* refusals[] = {"",
                                    "unacceptable protocol version",
                                    "client id refused",
                                    "broker unavailable",
                                    "bad username or password",
                                    "not authorised"};

}  // namespace

void Batch::clear() {
  good.clear();
  refused.clear();
  bytes = 0;
}

Link::Link(const SessionSettings& settings, const Other& other)
    : settings_(settings), other_(other), heard_(Monotonic::now()), said_(heard_) {
  connect();
  if (socket_ < 0) return;
  write_connect(out_, {.client_id = settings_.client_id,
                       .username = settings_.username,
                       .password = settings_.password,
                       .keepalive_s = static_cast<std::uint16_t>(settings_.keepalive_s),
                       .clean_session = false});
}

// A broker that finds both directions closed gives up what it has not read: the last PUBACKs, and the messages would
// come again. So it is told that nothing follows, and given the time to find that out.
Link::~Link() {
  if (socket_ < 0) return;
  if (state_ != State::lost && ::shutdown(socket_, SHUT_WR) == 0) {
    pollfd poll_fd{socket_, POLLRDHUP, 0};
    ::poll(&poll_fd, 1, static_cast<int>(good_bye_limit.count()));
  }
  ::close(socket_);
}

// Begins to connect, and does not wait.
void Link::connect() {
  const auto try_address = [this](int family, const sockaddr* address, socklen_t length) {
    if (socket_ >= 0) ::close(socket_);
    socket_ = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return socket_ >= 0 && (::connect(socket_, address, length) == 0 || errno == EINPROGRESS);
  };
  if (!settings_.socket_path.empty()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (settings_.socket_path.size() >= sizeof address.sun_path)
      return lose("the path of the broker's socket is too long");
    settings_.socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (!try_address(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address)) lose(std::strerror(errno));
    return;
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(settings_.host.c_str(), std::to_string(settings_.port).c_str(), &hints, &found);
  if (code != 0) return lose(::gai_strerror(code));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> held(found, ::freeaddrinfo);
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    if (!try_address(one->ai_family, one->ai_addr, one->ai_addrlen)) continue;
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return;
  }
  lose(std::strerror(errno));
}

void Link::read(Batch& batch) {
  while (state_ != State::lost && batch.size() < settings_.batch_messages && batch.bytes < settings_.batch_bytes) {
    if (const auto packet = incoming_.next()) {
      on_packet(*packet, batch);
      continue;
    }
    if (incoming_.broken()) return lose("the broker does not speak MQTT");
    switch (incoming_.fill(socket_)) {
      case Incoming::Filled::bytes:
        heard_ = Monotonic::now();
        break;
      case Incoming::Filled::nothing:
        return;
      case Incoming::Filled::end:
        return lose("hung up by the broker");
      case Incoming::Filled::error:
        return lose(std::strerror(errno));
    }
  }
}

void Link::flush(Millis limit) {
  const auto deadline = Monotonic::now() + limit;
  while (state_ != State::lost && wants_write()) {
    pollfd poll_fd{socket_, POLLOUT | POLLRDHUP, 0};
    const auto left = std::chrono::ceil<Millis>(deadline - Monotonic::now());
    const int ready = ::poll(&poll_fd, 1, static_cast<int>(std::max<Millis::rep>(left.count(), 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return lose("the broker takes nothing");
    if ((poll_fd.revents & (POLLHUP | POLLRDHUP)) != 0) return;
    const ssize_t count = ::send(socket_, out_.data(), out_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) continue;
    if (count < 0) return lose(std::strerror(errno));
    out_.erase(0, static_cast<std::size_t>(count));
    said_ = Monotonic::now();
  }
}

void Link::tend() {
  if (state_ == State::lost || state_ == State::connecting) return;
  const auto now = Monotonic::now();
  if (now - std::min(heard_, said_) < std::chrono::seconds{settings_.keepalive_s}) return;
  if (pinged_) return lose("keep-alive passed without an answer");
  write_pingreq(out_);
  pinged_ = true;
  heard_ = said_ = now;
}

void Link::lose(std::string reason) {
  if (state_ == State::lost) return;
  state_ = State::lost;
  reason_ = std::move(reason);
}

void Link::on_packet(const Packet& packet, Batch& batch) {
  switch (packet.head >> 4) {
    case connack:
      return on_connack(packet.body);
    case suback:
      return on_suback(packet.body);
    case publish:
      return on_publish(packet.head, packet.body, batch);
    case pingresp:
      pinged_ = false;
      return;
    default:
      return lose("the broker sends what no subscriber expects");
  }
}

void Link::on_connack(std::string_view body) {
  if (state_ != State::connecting || body.size() != 2) return lose("no right CONNACK");
  const auto code = static_cast<std::uint8_t>(body[1]);
  if (code != 0) return lose(code < std::size(refusals) ? refusals[code] : "refused");
  write_subscribe(out_, 1, settings_.filters);
  state_ = State::connected;
}

void Link::on_suback(std::string_view body) {
  if (state_ != State::connected || body.size() != 2 + settings_.filters.size()) {
    return lose("SUBACK for another list of filters");
  }
  for (std::size_t i = 0; i < settings_.filters.size(); ++i) {
    if (body[2 + i] != '\x01') return lose("the broker refused the filter " + settings_.filters[i]);
  }
  state_ = State::subscribed;
}

void Link::on_publish(std::uint8_t head, std::string_view body, Batch& batch) {
  const int qos = (head >> 1) & 3;
  const std::size_t id_bytes = qos == 0 ? 0 : 2;
  if (state_ == State::connecting || qos > 1 || body.size() < 2 || body.size() < 2 + number_at(body, 0) + id_bytes) {
    return lose("no right PUBLISH");
  }
  const std::string_view topic = body.substr(2, number_at(body, 0));
  const std::string_view payload = body.substr(2 + topic.size() + id_bytes);
  if (topic.starts_with('$')) {
    if (other_) other_(topic, payload);
  } else {
    auto mapped = subject_of(topic);
    if (auto* subject = std::get_if<std::string>(&mapped)) {
      batch.good.push_back({std::string(topic), std::move(*subject), std::string(payload), (head & 1) != 0});
    } else {
      batch.refused.push_back({std::string(topic), std::get<Refusal>(mapped), std::string(payload)});
    }
    batch.bytes += topic.size() + payload.size();
  }
  if (qos == 1) write_puback(out_, number_at(body, 2 + topic.size()));
}

}  // namespace epicura::bridge
