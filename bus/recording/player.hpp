#pragma once
// Puts recorded messages back onto the bus, in their order, in a rhythm, and says exactly what became of each.
//
// Messages go in batches whose storing is waited for, one being made ready while the other is under way. Of a batch
// that met a failure, what has no answer is published again, so none is left out; a message whose answer was lost is
// stored twice then. (Readings bear that: a row has its key.)

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bus/store.hpp"
#include "schema/recording.hpp"

namespace epicura::bus {

struct PlayerSettings {
  double speed = 1;          // times the recorded rhythm; 0: as fast as it goes
  bool core = false;         // publish without a stream's answer: whoever listens hears it
  std::size_t batch = 2048;  // messages, at most; a batch has 4 MiB at most, or one message
  Millis patience{60'000};   // how long a batch may go without a connection or an answer
};

struct PlayerReport {
  std::uint64_t published = 0;  // stored, or with `core` handed to the server and answered for by a round trip
  std::uint64_t in_order = 0;   // of these, how many have no gap before them: where to go on
  std::uint64_t again = 0;      // published once more, for want of an answer; so many at most are stored twice
  Millis behind{0};             // how much later than the rhythm wants the latest message went
};

class Player {
 public:
  // Gives the next message as it is to be published; false: no more. Called on the player's reading thread. It may
  // throw, and run() throws the same.
  using Source = std::function<bool(RecordedMessage&)>;

  Player(Connection& connection, PlayerSettings settings, observe::Metrics& metrics);

  enum class End {
    played,
    stopped,  // by stop(): what was published is counted, what was read and not published is not
    refused,  // the server does not take the message behind the published ones; why() says more
    gave_up,  // no connection, or no answer, for as long as patience lasts
  };
  End play(const Source& source);
  void stop();  // any thread

  PlayerReport report() const;                     // any thread
  const std::string& why() const { return why_; }  // after play()

 private:
  struct Batch {
    std::vector<Outgoing> messages;
    bool last = false;
  };
  void read(const Source& source);
  bool take(Batch& batch);
  End publish(std::span<const Outgoing> messages);
  void store(std::span<const Outgoing> messages, std::vector<std::optional<StoreOutcome>>& outcomes);
  bool publish_core(std::span<const Outgoing> messages);
  bool pause(Millis time);  // false: stopped

  Connection& connection_;
  const PlayerSettings settings_;
  Store store_;
  std::string why_;

  mutable std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  bool stopping_ = false;
  bool over_ = false;  // the publishing thread takes no more
  std::optional<Batch> ready_;
  std::exception_ptr failure_;
  PlayerReport report_;
};

}  // namespace epicura::bus
