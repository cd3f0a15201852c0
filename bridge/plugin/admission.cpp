#include "bridge/plugin/admission.hpp"

#include "bridge/plugin/bridge_sessions.hpp"

namespace epicura::bridge::plugin {
namespace {

constexpr std::chrono::seconds patience{1};  // a save that is not seen by then has failed (a full disk): ask again
constexpr std::size_t filter_count = telemetry_filters.size() + device_filters.size();
constexpr std::uint32_t all_filters = (1U << filter_count) - 1;

std::uint32_t bit_of(std::string_view client_id, std::string_view filter) {
  std::size_t place = 0;
  for (const auto wanted : telemetry_filters) {
    if (client_id == telemetry_client_id && filter == wanted) return 1U << place;
    ++place;
  }
  for (const auto wanted : device_filters) {
    if (client_id == device_client_id && filter == wanted) return 1U << place;
    ++place;
  }
  return 0;
}

}  // namespace

void Admission::subscribed(std::string_view client_id, std::string_view filter, int qos) {
  if (qos >= 1 || filter.starts_with('$')) seen_ |= bit_of(client_id, filter);
}

// The stamp is taken when the subscriptions are in and before the save: any file with another stamp was begun after.
void Admission::ask(std::chrono::steady_clock::time_point now) {
  before_ = persistence_.stamp();
  asked_ = true;
  asked_at_ = now;
  persistence_.save();
}

bool Admission::tick(std::chrono::steady_clock::time_point now) {
  if (open_ || seen_ != all_filters) return false;
  if (!asked_) {
    ask(now);
    return false;
  }
  const auto after = persistence_.stamp();
  if (after && after != before_) {
    // Mosquitto renames also what it could write in part only.
    open_ = persistence_.holds_sessions();
    before_ = after;
  }
  if (!open_ && now - asked_at_ >= patience) ask(now);
  return open_;
}

}  // namespace epicura::bridge::plugin
