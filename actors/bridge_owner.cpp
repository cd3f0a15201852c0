#include "actors/bridge_owner.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "schema/observe/log.hpp"
#include "schema/pg/queries.hpp"

namespace epicura {

namespace {

using Self = bridge_actor::stateful_pointer<BridgeState>;

constexpr std::uint64_t take_tag = 1;
constexpr std::uint64_t ghosts_tag = 2;
constexpr auto start_without_lock = std::chrono::seconds{1};
constexpr auto ask_again = std::chrono::milliseconds{200};  // a standby takes over this soon

std::unique_ptr<bridge::Session> make(Self self, BridgeSession which) {
  auto session = self->state.config.make_session(which, [owner = bridge_actor(self), which](bool subscribed) {
    caf::anon_send(owner, SessionChange{which, subscribed});
  });
  session->start();
  return session;
}

void start_sessions(Self self) {
  auto& state = self->state;
  if (state.telemetry || state.ended) return;
  state.config.readiness->standby = false;
  state.telemetry = make(self, BridgeSession::telemetry);
  state.device = make(self, BridgeSession::device);
}

void stop_sessions(BridgeState& state) {
  state.telemetry.reset();  // stops: hangs up without DISCONNECT and waits for the thread
  state.device.reset();
  auto& readiness = *state.config.readiness;
  readiness.bridge_telemetry = readiness.bridge_device = readiness.broker_admits = false;
}

pg::Callback tell(Self self, std::uint64_t tag) {
  return [owner = bridge_actor(self), tag](pg::Outcome outcome) {
    caf::anon_send(owner, QueryDone{tag, std::move(outcome)});
  };
}

void lock_answered(Self self, const pg::Outcome& outcome) {
  auto& state = self->state;
  if (outcome.results.front().boolean(0, 0)) {
    if (state.config.readiness->standby) log::info("bridge", "the lock is free now: the bridge starts");
    state.asking = false;
    return start_sessions(self);
  }
  state.config.lock->end_ghosts(tell(self, ghosts_tag));
}

void ghosts_answered(Self self, const pg::Outcome& outcome) {
  auto& state = self->state;
  state.asking = false;
  if (outcome.results.front().int8(0, 0) == 0 && !state.config.readiness->standby) {
    log::warning("bridge", "another process holds the bridge's lock: this one stands by");
    state.config.readiness->standby = true;
    stop_sessions(state);
  }
  self->delayed_send(self, ask_again, lock_atom_v);
}

}  // namespace

bridge_actor::behavior_type bridge_owner(Self self, BridgeConfig config) {
  self->state.config = std::move(config);
  // The lock's answer first, for a moment: who starts beside a running bridge must not take its sessions over.
  self->delayed_send(self, start_without_lock, start_atom_v);

  return {
      [self](const SessionChange& change) {
        auto& readiness = *self->state.config.readiness;
        if (!self->state.telemetry) return;  // a late word of a session that has been ended
        (change.session == BridgeSession::telemetry ? readiness.bridge_telemetry : readiness.bridge_device) =
            change.subscribed;
        if (!change.subscribed && change.session == BridgeSession::device) readiness.broker_admits = false;
      },
      [self](const QueryDone& done) {
        if (!done.outcome.ok()) {
          self->state.asking = false;  // asked again when PostgreSQL is back, or soon where it is there and refuses
          if (done.outcome.failure == pg::Failure::refused) self->delayed_send(self, ask_again, lock_atom_v);
        } else if (done.tag == take_tag) {
          lock_answered(self, done.outcome);
        } else {
          ghosts_answered(self, done.outcome);
        }
      },
      [self](start_atom) {
        if (!self->state.config.readiness->standby) start_sessions(self);
      },
      [self](gate_atom) {
        if (!self->state.telemetry) return;
        self->state.telemetry->wake();
        self->state.device->wake();
      },
      [self](lock_atom) {
        if (self->state.ended || std::exchange(self->state.asking, true)) return;
        self->state.config.lock->take(tell(self, take_tag));
      },
      [self](stop_atom) -> stop_atom {
        self->state.ended = true;
        stop_sessions(self->state);
        return stop_atom_v;
      },
  };
}

}  // namespace epicura
