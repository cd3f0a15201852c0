#pragma once
// Sees to it that the streams exist with the wanted limits and the consumers exist and are bound, and says how things
// stand. Whatever is deleted, killed or taken away is mended at the next look.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "bus/connection.hpp"
#include "bus/consumer.hpp"
#include "bus/streams.hpp"

namespace epicura::bus {

struct BusState {
  bool connected = false;
  bool streams_ready = false;
  bool consumers_bound = false;   // all of them, to this process
  bool consumers_served = false;  // each that counts, by one process or another
  double backlog =
      0;  // 0..1: see backlog_share; of the fullest consumer that counts; the last known while disconnected

  bool operator==(const BusState&) const = default;
};

// The share of the stream's byte limit that the consumer has not acknowledged, by the stream's average size of a
// message: what discarding the oldest will reach next. Pure.
double backlog_share(const StreamFacts& stream, const ConsumerFacts& consumer);

// A thread. It looks when the connection comes or goes, every `interval`, and every 100 ms at least while another
// process holds a consumer or something could not be made.
class Keeper {
 public:
  // `report` is called on the Keeper's thread after each look; must not block. The consumers
  // and the connection must outlive the Keeper.
  Keeper(Connection& connection, std::vector<StreamSpec> streams, std::vector<Consumer*> consumers,
         std::function<void(const BusState&)> report, observe::Metrics& metrics, Millis interval = Millis{1000});
  ~Keeper();  // stop()
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  void stop();  // waits for a look that is under way: at most a few seconds, with a stalled server

 private:
  struct Kept {
    StreamSpec spec;
    std::unique_ptr<Pace> pace;
  };
  void run();
  BusState look();
  bool renew_context();

  Connection& connection_;
  std::vector<Kept> streams_;
  const std::vector<Consumer*> consumers_;
  const std::function<void(const BusState&)> report_;
  observe::Gauge& backlog_gauge_;
  const Millis interval_;
  Link link_;     // of the context
  JetStream js_;  // destroyed before its link
  double backlog_ = 0;

  std::mutex mutex_;  // guards the next two
  std::condition_variable wake_;
  bool stopping_ = false;
  bool changed_ = false;
  int listener_ = 0;
  std::thread thread_;
};

}  // namespace epicura::bus
