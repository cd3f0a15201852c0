#include "bridge/kitchen/device.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include <fmt/format.h>

#include "bridge/kitchen/readings.hpp"
#include "bridge/packets.hpp"
#include "schema/device_status.hpp"

namespace epicura::bridge::kitchen {
namespace {

constexpr std::uint16_t keepalive_s = 60;
constexpr auto ping_after = std::chrono::seconds{30};  // of silence from the broker
constexpr auto silence_limit = std::chrono::seconds{75};
constexpr auto handshake_limit = std::chrono::seconds{10};

}  // namespace

Device::Device(KitchenDevice& identity, Shift& shift, std::size_t index)
    : identity_(identity),
      shift_(shift),
      index_(index),
      base_(fmt::format("epicura/{}/", identity.id.str())),
      number_(std::hash<Uuid>{}(identity.id) ^ shift.settings.seed) {}

Device::~Device() {
  hang_up();
}

bool Device::connect(const sockaddr_storage& address, socklen_t length, Monotonic::time_point now) {
  socket_ = ::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return false;
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  state_ = State::connecting;
  since_ = heard_ = pinged_ = now;
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), length) != 0 && errno != EINPROGRESS)
    return false;
  ++identity_.epoch;
  const std::string id = identity_.id.str();
  write_connect(out_,
                {id, id, identity_.token, base_ + "status", encode_status({false, identity_.epoch, ""}), keepalive_s});
  return true;
}

bool Device::on_readable(Monotonic::time_point now) {
  std::uint8_t bytes[4096];
  for (;;) {
    const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN && send_due(now);
    if (count == 0) return false;
    heard_ = now;
    for (ssize_t i = 0; i < count; ++i) {
      const AnswerReader::Step step = reader_.take(bytes[i]);
      if (step == AnswerReader::Step::more) continue;
      if (step == AnswerReader::Step::broken || !on_answer(reader_.last(), now)) return false;
    }
    if (static_cast<std::size_t>(count) < sizeof bytes) return send_due(now);
  }
}

bool Device::on_answer(const Answer& answer, Monotonic::time_point now) {
  switch (answer.kind) {
    case Answer::Kind::pingresp:
      return true;
    case Answer::Kind::connack:
      if (state_ != State::connecting || answer.code != 0) return false;
      state_ = State::online;
      since_ = now;
      greet();
      return true;
    case Answer::Kind::puback: {
      const auto found = std::find_if(pending_.begin(), pending_.end(),
                                      [&](const Pending& pending) { return pending.packet_id == answer.packet_id; });
      if (found == pending_.end()) return true;  // a birth's
      acknowledge(*found, now);
      pending_.erase(found);
      return true;
    }
  }
  return false;
}

void Device::greet() {
  write_publish(out_, base_ + "status", encode_status({true, identity_.epoch, shift_.settings.firmware}),
                next_packet_id(), true);
  for (Pending& pending : pending_) {
    if (shift_.settings.qos == 1) mark_as_sent_before(pending.packet);
    out_ += pending.packet;
    ++shift_.resent;
  }
}

bool Device::send_due(Monotonic::time_point now) {
  const Plan& plan = shift_.plan;
  while (state_ == State::online && plan.sending && next_ < plan.messages && pending_.size() < shift_.settings.window) {
    const auto intended = plan.closed_loop() ? now : plan.due(index_, next_);
    if (intended > now) break;
    send_next(intended, now);
  }
  return flush(now);
}

void Device::send_next(Monotonic::time_point intended, Monotonic::time_point now) {
  const FleetSettings& settings = shift_.settings;
  const Timestamp ts = shift_.plan.wall(intended);
  ++identity_.seq;
  std::string payload;
  payload.reserve(64 + 32 * settings.readings_per_message);
  write_payload(payload, ts);

  const std::uint16_t packet_id = settings.qos == 1 ? next_packet_id() : std::uint16_t{0};
  Pending& pending = pending_.emplace_back(Pending{packet_id, identity_.seq, ts, intended, {}});
  const bool one = settings.readings_per_message == 1;
  write_publish(pending.packet, base_ + "telemetry" + (one ? shift_.paths[next_ % shift_.paths.size()] : std::string()),
                payload, packet_id, false);
  out_ += pending.packet;
  ++next_;
  ++shift_.sent;
  if (now - intended > settings.late_after) ++shift_.late;
}

void Device::write_payload(std::string& payload, Timestamp ts) const {
  const std::vector<std::string>& metrics = shift_.settings.metrics;
  const auto out = std::back_inserter(payload);
  fmt::format_to(out, R"({{"ts":{},"seq":{},)", ts.time_since_epoch().count(), identity_.seq);
  if (shift_.settings.readings_per_message == 1) {
    const std::string& metric = metrics[next_ % metrics.size()];
    fmt::format_to(out, R"("value":{})", value_of(metric, number_, ts));
    if (const auto unit = unit_of(metric); !unit.empty()) fmt::format_to(out, R"(,"unit":"{}")", unit);
    payload += '}';
    return;
  }
  const std::size_t count = shift_.settings.readings_per_message;
  payload += R"("values":{)";
  for (std::size_t i = 0; i < count; ++i) {
    fmt::format_to(out, R"({}"{}":{})", i == 0 ? "" : ",", metrics[i], value_of(metrics[i], number_, ts));
  }
  payload += R"(},"units":{)";
  const char* separator = "";
  for (std::size_t i = 0; i < count; ++i) {
    const auto unit = unit_of(metrics[i]);
    if (unit.empty()) continue;
    fmt::format_to(out, R"({}"{}":"{}")", separator, metrics[i], unit);
    separator = ",";
  }
  payload += "}}";
}

bool Device::flush(Monotonic::time_point now) {
  while (!out_.empty()) {
    const ssize_t count = ::send(socket_, out_.data(), out_.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    out_.erase(0, static_cast<std::size_t>(count));
  }
  if (shift_.settings.qos == 0 && state_ == State::online) {
    for (; !pending_.empty(); pending_.pop_front()) acknowledge(pending_.front(), now);
  }
  return true;
}

void Device::acknowledge(const Pending& pending, Monotonic::time_point now) {
  ++shift_.acknowledged;
  shift_.latencies.add(now - pending.intended);
  if (shift_.events.acknowledged) shift_.events.acknowledged(identity_.id, pending.seq, pending.ts);
}

bool Device::tend(Monotonic::time_point now) {
  if (state_ == State::connecting) return now - since_ < handshake_limit;
  if (state_ != State::online) return true;
  if (now - heard_ > silence_limit) return false;
  if (now - heard_ < ping_after || now - pinged_ < ping_after) return true;
  pinged_ = now;
  write_pingreq(out_);
  return flush(now);
}

bool Device::leave(Monotonic::time_point now) {
  write_publish(out_, base_ + "status", encode_status({false, identity_.epoch, ""}), next_packet_id(), true);
  write_disconnect(out_);
  const bool sent = flush(now);
  state_ = State::leaving;
  return sent;
}

void Device::hang_up() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  state_ = State::away;
  out_.clear();
  out_.shrink_to_fit();
  reader_.reset();
}

std::uint16_t Device::next_packet_id() {
  if (++packet_id_ == 0) ++packet_id_;
  return packet_id_;
}

}  // namespace epicura::bridge::kitchen
