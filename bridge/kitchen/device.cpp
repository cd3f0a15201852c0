#include "bridge/kitchen/device.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include <fmt/format.h>

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
      pot_(make_pot(shift.settings.pot, shift.settings.program, shift.settings.seed, index)) {
  pot_.advance_to(shift.settings.begin.value_or(epicura::now()));  // not at the first message, whose time counts
}

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
      greet(now);
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

void Device::greet(Monotonic::time_point now) {
  write_publish(out_, base_ + "status", encode_status({true, identity_.epoch, shift_.settings.firmware}),
                next_packet_id(), true);
  for (Pending& pending : pending_) {
    if (pending.held) {
      transmit(pending, now);
      continue;
    }
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
    if (!send_next(intended, now)) {
      flush(now);
      return false;
    }
  }
  return flush(now);
}

// False: the weather cuts the connection.
bool Device::send_next(Monotonic::time_point intended, Monotonic::time_point now) {
  const FleetSettings& settings = shift_.settings;
  const Plan& plan = shift_.plan;
  const Timestamp time = plan.wall(intended);
  ++identity_.seq;
  const Mishap mishap = shift_.forecast.mishap(pot_.draws(), static_cast<std::uint64_t>(identity_.seq));
  if (mishap.jump) clock_offset_ = *mishap.jump;
  const Timestamp ts = time + clock_offset_ + shift_.forecast.drift(pot_.draws(), intended - plan.start);
  pot_.advance_to(time);
  std::string payload;
  payload.reserve(64 + 32 * settings.readings_per_message);
  write_payload(payload, ts);

  const std::uint16_t packet_id = settings.qos == 1 ? next_packet_id() : std::uint16_t{0};
  Pending& pending = pending_.emplace_back(Pending{packet_id, identity_.seq, ts, intended, {}, true, mishap.doubled});
  const bool one = settings.readings_per_message == 1;
  write_publish(pending.packet,
                base_ + "telemetry" + (one ? shift_.metrics[next_ % shift_.metrics.size()].path : std::string()),
                payload, packet_id, false);
  ++next_;
  ++shift_.sent;
  // The last message, and one that fills the window, have no next one to go with.
  const bool last = next_ == plan.messages;
  if (mishap.late && !last && pending_.size() < settings.window) {
    ++shift_.held;
  } else {
    transmit_held(now);
  }
  if (!mishap.drop || last) return true;
  ++shift_.dropped;
  pause_ = mishap.drop;
  return false;
}

void Device::transmit(Pending& pending, Monotonic::time_point now) {
  pending.held = false;
  out_ += pending.packet;
  if (now - pending.intended > shift_.settings.late_after) ++shift_.late;
  if (!pending.doubled) return;
  // A second message of the same content; nobody waits for its PUBACK.
  std::string twin = pending.packet;
  if (pending.packet_id != 0) set_packet_id(twin, next_packet_id());
  out_ += twin;
  ++shift_.doubled;
}

void Device::transmit_held(Monotonic::time_point now) {
  auto first = pending_.end();
  while (first != pending_.begin() && std::prev(first)->held) --first;
  for (; first != pending_.end(); ++first) transmit(*first, now);
}

bool Device::release(Monotonic::time_point now) {
  transmit_held(now);
  return flush(now);
}

void Device::write_payload(std::string& payload, Timestamp ts) {
  const std::vector<Metric>& metrics = shift_.metrics;
  const auto out = std::back_inserter(payload);
  fmt::format_to(out, R"({{"ts":{},"seq":{},)", ts.time_since_epoch().count(), identity_.seq);
  if (shift_.settings.readings_per_message == 1) {
    const Metric& metric = metrics[next_ % metrics.size()];
    fmt::format_to(out, R"("value":{})", value_of(metric, pot_));
    if (!metric.unit.empty()) fmt::format_to(out, R"(,"unit":"{}")", metric.unit);
    payload += '}';
    return;
  }
  const std::size_t count = shift_.settings.readings_per_message;
  payload += R"("values":{)";
  for (std::size_t i = 0; i < count; ++i) {
    fmt::format_to(out, R"({}"{}":{})", i == 0 ? "" : ",", metrics[i].name, value_of(metrics[i], pot_));
  }
  payload += R"(},"units":{)";
  const char* separator = "";
  for (std::size_t i = 0; i < count; ++i) {
    if (metrics[i].unit.empty()) continue;
    fmt::format_to(out, R"({}"{}":"{}")", separator, metrics[i].name, metrics[i].unit);
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
    for (; !pending_.empty() && !pending_.front().held; pending_.pop_front()) acknowledge(pending_.front(), now);
  }
  return true;
}

void Device::acknowledge(const Pending& pending, Monotonic::time_point now) {
  ++shift_.acknowledged;
  ++acknowledged_;
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

PotGlance Device::glance(Timestamp time) const {
  Pot pot = pot_;  // the device's own waits for its next message
  pot.advance_to(time);
  const PotState state = pot.state();
  PotGlance out;
  out.device = identity_.id;
  out.kind = pot.kind().name;
  out.program = pot.program().name;
  out.phase = pot.phase().name;
  out.temperature_c = state.sensor_c;
  out.setpoint_c = pot.phase().setpoint_c;
  out.hottest_c = pot.program().hottest_c;
  out.power_w = state.power_w;
  out.stir_rpm = state.stir_rpm;
  out.lid = pot.phase().lid;
  out.online = state_ == State::online;
  out.sent = next_;
  out.acknowledged = acknowledged_;
  return out;
}

std::uint16_t Device::next_packet_id() {
  if (++packet_id_ == 0) ++packet_id_;
  return packet_id_;
}

}  // namespace epicura::bridge::kitchen
