#include "bridge/plugin/backlog_guard.hpp"

#include <charconv>

#include "bridge/plugin/bridge_sessions.hpp"

namespace epicura::bridge::plugin {
namespace {

constexpr std::size_t message_overhead = 450;  // records, topic and ids of a queued message, measured at 2.0.11

std::size_t number_in(std::string_view text) {
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

// The broker tells its uptime at each turn, and the other two, right after it, only where they have changed.
void BacklogGuard::broker_says(std::string_view topic, std::string_view payload) {
  if (topic == stored_messages_topic) {
    messages_ = number_in(payload);
  } else if (topic == stored_bytes_topic) {
    payload_bytes_ = number_in(payload);
  } else if (topic == uptime_topic) {
    since_bytes_ = 0;
    heard_ = true;
  }
  judge();
}

bool BacklogGuard::admits(std::size_t payload_bytes) {
  if (!heard_) return true;
  if (full_) return false;
  since_bytes_ += payload_bytes + message_overhead;
  judge();
  return !full_;
}

std::size_t BacklogGuard::bytes() const {
  return payload_bytes_ + messages_ * message_overhead + since_bytes_;
}

void BacklogGuard::judge() {
  // Open again a good way below the limit, or devices would be thrown out at each turn.
  full_ = heard_ && bytes() >= (full_ ? limit_ - limit_ / 8 : limit_);
}

}  // namespace epicura::bridge::plugin
