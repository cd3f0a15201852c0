#pragma once
// Keeps Revocations fresh, in two ways. Over NATS every node hears at once what another ends. And every 2 s it reads
// from PostgreSQL what has ended lately: so nothing is missed for long that could not be announced, or not be heard
// (NATS away from one node, a process that ended between its commit and its word). With each read goes a sign of life
// over NATS, which the node hears itself: that is how a feed that nobody else uses is told from one that is broken.

#include <atomic>
#include <memory>
#include <optional>

#include "actors/protocol.hpp"
#include "actors/readiness.hpp"
#include "schema/revocation_news.hpp"
#include "schema/revocations.hpp"

namespace epicura {

struct RevocationConfig {
  std::function<void(const RevocationNews& news)> publish;                 // to all nodes, this one too
  std::function<void(std::chrono::seconds back, pg::Callback done)> read;  // families_ended_lately
  Revocations* revocations = nullptr;
  Readiness* readiness = nullptr;
  std::function<Revocations::Moment()> clock;
  std::chrono::seconds longest_token;  // the first read goes so far back
  Uuid instance;
};

struct RevocationState {
  static inline const char* name = "revocations";
  RevocationConfig config;
  std::uint64_t link = 1;  // counts connections to NATS; what is heard of an older one proves nothing
  bool echoed = false;     // its own sign of life has come back over this link
  bool loaded = false;     // what ended before is in, read after the echo
  std::uint64_t beat = 0;  // the generation of the delayed message

  struct Reading {
    std::uint64_t link;
    bool echoed;
    Revocations::Moment begun;
  };
  std::optional<Reading> reading;                  // under way
  std::optional<Revocations::Moment> read_before;  // when the last one that came back was begun
};

revocation_actor::behavior_type revocation_feed(revocation_actor::stateful_pointer<RevocationState> self,
                                                RevocationConfig config);

}  // namespace epicura
