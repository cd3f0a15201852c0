#pragma once
// One connection to the broker, from CONNECT to hang-up; a session makes a new one each time, so that nothing of the
// old one (queued PUBACKs above all) can be written to the next. Used by one thread.
//
// It speaks the little of MQTT 3.1.1 that a subscriber needs. What it wants to send, PUBACKs too, stays queued until
// `flush`: that is what withholds them. No library, because libmosquitto takes six system calls for a message and its
// PUBACK, and can only write all PUBACKs or none of the messages it has read.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/incoming.hpp"
#include "bridge/session.hpp"
#include "schema/time.hpp"

namespace epicura::bridge {

struct Batch {
  std::vector<Inbound> good;
  std::vector<RefusedMessage> refused;
  std::size_t bytes = 0;

  std::size_t size() const { return good.size() + refused.size(); }
  void clear();
};

class Link {
 public:
  enum class State { connecting, connected /*CONNACK*/, subscribed /*SUBACK for each filter*/, lost };
  using Other = std::function<void(std::string_view topic, std::string_view payload)>;

  Link(const SessionSettings& settings, const Other& other);  // both outlive it; sends CONNECT at the first `flush`
  ~Link();  // hangs up without DISCONNECT; waits up to 0.5 s for the broker to have read what was written
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  State state() const { return state_; }
  const std::string& reason() const { return reason_; }  // why it is lost
  int socket() const { return socket_; }                 // -1: there is none
  bool wants_write() const { return !out_.empty(); }
  bool holds_packets() const { return incoming_.holds_packet(); }  // read() has work, whatever the socket says

  // Reads until the socket is empty, the batch is full or the connection is lost; what was read before the loss is in
  // the batch. Adds to the batch; never blocks.
  void read(Batch& batch);
  // Writes what is queued; a broker that does not take it within `limit` is lost. One that has hung up is not written
  // to (and not yet lost): what it sent before can still be read.
  void flush(Millis limit);
  void tend();  // keep-alive: call about once a second
  void lose(std::string reason);

 private:
  using Monotonic = std::chrono::steady_clock;

  void connect();
  void on_packet(const Packet& packet, Batch& batch);
  void on_connack(std::string_view body);
  void on_suback(std::string_view body);
  void on_publish(std::uint8_t head, std::string_view body, Batch& batch);

  const SessionSettings& settings_;
  const Other& other_;
  State state_ = State::connecting;
  std::string reason_;
  int socket_ = -1;
  Incoming incoming_;
  std::string out_;  // not written yet
  Monotonic::time_point heard_, said_;
  bool pinged_ = false;  // and not answered yet
};

}  // namespace epicura::bridge
