#pragma once
// Reads a stretch of a JetStream stream from its beginning to its end, in the stream's order, each message once.
//
// By a consumer of its own that vanishes with it and whose messages are acknowledged in bulk, so that the server holds
// back what is not taken yet (an ordered consumer of libnats 3.4.1 drops instead). Whatever happens to the connection
// or the consumer, a new one goes on behind the last message: nothing is lost but what the stream itself discards.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "bus/connection.hpp"
#include "bus/jetstream.hpp"
#include "schema/time.hpp"

namespace epicura::bus {

struct StreamStretch {
  std::string stream;
  std::string subject = {};    // with wildcards; empty: all
  std::uint64_t from_seq = 1;  // the first one wanted; where the stream has discarded it, the oldest that is there
  std::optional<Timestamp> from_time = {};  // instead: the first that was stored then or later
  bool follow = false;                      // go on behind what is the stream's last message now, and wait for more
};

struct StreamedMessage {
  natsMsg* raw = nullptr;  // the library's, valid during the call
  std::uint64_t seq = 0;
  Timestamp stored_at;
};

class StreamReader {
 public:
  // `take` runs on a library thread, one message at a time; false: enough. Must not throw.
  StreamReader(Connection& connection, StreamStretch stretch, std::function<bool(const StreamedMessage&)> take);

  enum class End { reached, enough, stopped, no_such_stream };

  // Blocks until the stretch has ended, or stop().
  End run();
  void stop();  // any thread

  // Of the messages wanted, how many the server still had to deliver when the latest came; absent before it is known.
  std::optional<std::uint64_t> pending() const;

 private:
  struct Attempt;
  enum class Outcome { over, again };
  Outcome attempt(const Link& link);
  Outcome failed(natsStatus status, jsErrCode code);
  void delivered(Attempt& attempt, natsMsg* message);
  void acknowledge_latest(Attempt& attempt);

  Connection& connection_;
  const StreamStretch stretch_;
  const std::function<bool(const StreamedMessage&)> take_;
  mutable std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::optional<End> end_;
  std::uint64_t last_wanted_ = 0;  // the stream's last when it was first asked; 0: not yet
  std::uint64_t last_seq_ = 0;
  std::optional<std::uint64_t> pending_;
};

}  // namespace epicura::bus
