#pragma once
// Which sessions of people have ended before their access tokens expire: what this node has heard over NATS, and read
// from PostgreSQL (actors/revocation_feed). While it hears the others, a token is checked against this alone. Shared by
// the request actors; any thread.

#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>

#include "schema/time.hpp"
#include "schema/uuid.hpp"

namespace epicura {

class Revocations {
 public:
  using Moment = std::chrono::steady_clock::time_point;  // no step of the wall clock makes an old word fresh
  // After such a silence PostgreSQL is asked instead.
  static constexpr auto silence_limit = std::chrono::seconds{30};

  enum class Standing {
    alive,
    ended,
    unknown,  // the ends of before are not loaded, or nobody was heard for long: ask PostgreSQL
  };

  // `keep_for`: an end is remembered so long; at least as long as any access token lives.
  explicit Revocations(Millis keep_for, std::function<Moment()> clock = std::chrono::steady_clock::now)
      : keep_for_(keep_for), clock_(std::move(clock)) {}

  Standing look(const Uuid& family) const;
  void end(std::span<const Uuid> families);
  void heard();   // something came over the feed
  void loaded();  // the ends of before are in, and the feed was listened to before they were read
  void lost();    // what comes over the feed may have been missed
  void forget_old();
  std::size_t size() const;

 private:
  const Millis keep_for_;
  const std::function<Moment()> clock_;
  mutable std::mutex mutex_;
  std::unordered_map<Uuid, Moment> ended_;  // until when it is remembered
  bool loaded_ = false;
  std::optional<Moment> heard_;
};

}  // namespace epicura
