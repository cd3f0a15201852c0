#pragma once
// One client's connection, owned and touched by one worker only. Requests are taken one at a time: the next is read
// when the answer to the former has been written whole, so what is buffered is bounded by one request and one answer;
// what all connections hold together, while they wait for slow clients, has a bound of its own.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/admission.hpp"
#include "http/budget.hpp"
#include "http/mailbox.hpp"
#include "http/request_reader.hpp"
#include "http/server_core.hpp"

namespace epicura::http {

using TimePoint = std::chrono::steady_clock::time_point;

// What a connection uses of its worker.
struct WorkerContext {
  ServerCore& core;
  std::shared_ptr<Mailbox> mailbox;
  RequestParser parser;
  std::vector<char> received = std::vector<char>(std::size_t{64} << 10);  // scratch
  TimePoint now{};                                                        // of this round
  std::vector<ConnectionId> unfinished = {};  // gave way to others though they have more to read
};

struct Readiness {
  bool readable = false;
  bool writable = false;
  bool ended = false;    // the client has closed its sending side
  bool hung_up = false;  // both sides closed, or reset
};

// Each call returns whether the connection lives on.
class Connection {
 public:
  Connection(ConnectionId id, Accepted accepted, WorkerContext& context);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  ConnectionId id() const { return id_; }
  int fd() const { return fd_; }

  bool ready(const Readiness& what);
  bool go_on();  // one that gave way
  bool answer(Answered answered);
  bool within_deadline();
  bool drain();  // no further request than what has arrived

 private:
  // The deadline of each: idle or read; none (the handler has its own); write; linger.
  enum class Phase { reading, handling, writing, lingering };
  enum class Received { bytes, nothing, end };

  Received receive();
  bool advance();  // as far as input and its share of the round allow
  bool give_way();
  bool take_turn();
  bool hand_over(Incoming&& incoming);
  bool refuse(Refusal&& refusal);
  bool write(Outgoing outgoing);
  bool flush();
  void linger();
  bool discard();
  bool wait_for_input();
  bool proxy_left() const;
  bool hold_unsent();

  const ConnectionId id_;
  const int fd_;
  const Admission::Place place_;
  WorkerContext& context_;
  RequestReader reader_;
  Holding held_input_;   // of what has come in, between rounds
  Holding held_output_;  // of what has not gone out

  Phase phase_ = Phase::reading;
  TimePoint deadline_;
  bool readable_ = true;         // there may be bytes in the socket: edges come once
  bool ended_ = false;           // ... and behind them the end
  bool queued_ = false;          // is among the unfinished, and goes on when its turn comes
  bool waiting_ = false;         // this round has come to the end of what there is to read
  bool timing_request_ = false;  // deadline_ counts from a request's first byte
  std::uint64_t request_ = 0;    // the last one taken
  std::weak_ptr<Exchange> exchange_;

  Outgoing unsent_;
  std::size_t sent_ = 0;        // of unsent_.head, then of unsent_.body
  bool input_refused_ = false;  // the client may be sending what nobody will read
  std::size_t discarded_ = 0;
};

}  // namespace epicura::http
