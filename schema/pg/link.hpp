#pragma once
// One connection to the server, made without blocking: from an attempt to the end, then the next attempt. Belongs to
// the client's thread.

#include <chrono>
#include <cstdint>
#include <string>

#include "schema/pg/conninfo.hpp"
#include "schema/time.hpp"

namespace epicura::pg {

using SteadyTime = std::chrono::steady_clock::time_point;

// The pauses between attempts: from 50 ms doubled to 2 s, each cut at random to between its half and the whole, so
// that many clients do not come back in step.
class Backoff {
 public:
  Millis next();
  void reset() { doubled_ = 0; }

 private:
  int doubled_ = 0;
};

class Link {
 public:
  enum class State { away, connecting, up };

  explicit Link(Conninfo conninfo) : conninfo_(std::move(conninfo)) {}
  ~Link() { drop(); }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  void start();    // away -> connecting, or away with an error
  void advance();  // connecting and its descriptor is ready: connecting, up (in pipeline mode) or away with an error
  void give_up(std::string why);  // connecting -> away with this error
  void drop();                    // -> away; closes without waiting

  State state() const { return state_; }
  pg_conn* conn() const { return conn_; }
  int descriptor() const;
  std::uint32_t wanted() const { return wanted_; }  // epoll events, while connecting
  const std::string& error() const { return error_; }

 private:
  void fail();

  Conninfo conninfo_;
  pg_conn* conn_ = nullptr;
  State state_ = State::away;
  std::uint32_t wanted_ = 0;
  std::string error_;
};

// libpq's text of the last error on one line.
std::string last_error(pg_conn* conn);

}  // namespace epicura::pg
