#pragma once
// An actor system whose time and turns the test gives: nothing runs but by run(), no time passes but by advance().

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/protocol.hpp"
#include "schema/observe/metrics.hpp"

namespace epicura::tests {

class Stage {
 public:
  struct Config : caf::actor_system_config {
    Config() {
      add_message_types<caf::id_block::epicura>();
      set("scheduler.policy", caf::atom("testing"));
      set("logger.verbosity", caf::atom("quiet"));
    }
  };

  Config config;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& scheduler = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  observe::Metrics metrics;

  void run() { scheduler.run(); }
  void advance(std::chrono::milliseconds time) {
    scheduler.advance_time(time);
    scheduler.run();
  }
  template <class Handle, class... Ts>
  void send(const Handle& to, Ts&&... message) {
    caf::anon_send(to, std::forward<Ts>(message)...);
    scheduler.run();
  }
  template <class Handle>
  void end(Handle& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    scheduler.run();
    actor = nullptr;
  }
  double counted(const std::string& name, const observe::Labels& labels = {}) {
    return metrics.counter(name, "", labels).Value();
  }
};

inline TelemetryMessage message(std::uint64_t stream_seq, const Uuid& device, std::vector<Reading> readings) {
  return {stream_seq,
          "ack." + std::to_string(stream_seq),
          "epicura." + device.str() + ".telemetry",
          device,
          *parse_rfc3339("2026-11-20T12:00:00Z"),
          std::move(readings),
          {},
          0};
}

inline Reading reading(std::string metric, double value, int at_ms = 0) {
  return {std::move(metric), value, *parse_rfc3339("2026-11-20T12:00:00Z") + Millis{at_ms}, -1, "", std::nullopt};
}

inline TelemetryBatch batch(TelemetryMessages messages) {
  return {std::make_shared<const TelemetryMessages>(std::move(messages))};
}

}  // namespace epicura::tests
