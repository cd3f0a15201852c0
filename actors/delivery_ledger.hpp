#pragma once
// Account of the stream messages that are delivered and not yet acknowledged: how many parts of each (rows, dead
// letters) are still open. Owned by one actor.

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "schema/time.hpp"

namespace epicura {

class DeliveryLedger {
 public:
  enum class Opened {
    fresh,
    held,      // a redelivery of what is held: to be dropped, its end is on the way
    stranger,  // another message of the same number: the stream was made anew. To be dropped; it comes again
  };

  // The newest acknowledgement subject counts.
  Opened open(std::uint64_t stream_seq, Timestamp stored_at, std::string ack_subject, std::size_t parts) {
    const auto [entry, fresh] = held_.try_emplace(stream_seq);
    auto& held = entry->second;
    if (fresh) {
      held = {std::move(ack_subject), stored_at, parts, false};
      return Opened::fresh;
    }
    if (held.stored_at != stored_at) {
      held.orphan = true;  // its acknowledgement would be taken for the stranger's
      return Opened::stranger;
    }
    held.ack_subject = std::move(ack_subject);
    return Opened::held;
  }

  struct Settled {
    bool last = false;                       // it was the message's last part
    std::optional<std::string> ack_subject;  // where to say so, unless its stream is gone
  };
  // One part of the message is done for good.
  Settled settle(std::uint64_t stream_seq) {
    const auto entry = held_.find(stream_seq);
    if (entry == held_.end() || --entry->second.parts > 0) return {};
    auto held = std::move(entry->second);
    held_.erase(entry);
    return {true, held.orphan ? std::nullopt : std::optional(std::move(held.ack_subject))};
  }

  std::size_t size() const { return held_.size(); }

 private:
  struct Held {
    std::string ack_subject;
    Timestamp stored_at;
    std::size_t parts = 0;
    bool orphan = false;
  };
  std::unordered_map<std::uint64_t, Held> held_;
};

}  // namespace epicura
