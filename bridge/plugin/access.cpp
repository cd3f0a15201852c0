#include "bridge/plugin/access.hpp"

#include <algorithm>

#include "bridge/plugin/bridge_sessions.hpp"
#include "bridge/plugin/topic.hpp"

namespace epicura::bridge::plugin {
namespace {

bool is_bridge(std::string_view client_id) {
  return client_id == telemetry_client_id || client_id == device_client_id;
}

template <class Filters>
bool contains(const Filters& filters, std::string_view filter) {
  return std::find(filters.begin(), filters.end(), filter) != filters.end();
}

bool is_filter_of_bridge(std::string_view client_id, std::string_view filter) {
  return client_id == telemetry_client_id ? contains(telemetry_filters, filter)
                                          : contains(device_filters, filter) || contains(backlog_topics, filter);
}

Verdict may_bridge_publish(const Publication& publication, const Place& place) {
  if (publication.will) return Refusal::will;
  if (!from_cloud(place.row)) return Refusal::not_publishable;
  if (publication.retained) return Refusal::retained;  // a stale command must not wait for a device that comes back
  return {};
}

}  // namespace

Verdict may_publish(std::string_view client_id, const Publication& publication) {
  const Place place = place_of(publication.topic);
  if (is_bridge(client_id)) return may_bridge_publish(publication, place);
  if (publication.will && (place.device_id != client_id || place.row != Row::status)) return Refusal::will;
  if (place.device_id.empty()) return Refusal::not_publishable;
  if (place.device_id != client_id) return Refusal::other_device;
  if (!from_device(place.row)) return Refusal::not_publishable;
  if (!place.legal) return Refusal::illegal_topic;
  return {};
}

Verdict may_subscribe(std::string_view client_id, std::string_view filter) {
  if (is_bridge(client_id)) {
    if (!is_filter_of_bridge(client_id, filter)) return Refusal::subscription;
    return {};
  }
  // A filter with wildcards is no place of the table, so that only the four topics themselves pass.
  const Place place = place_of(filter);
  if (!place.device_id.empty() && place.device_id != client_id) return Refusal::other_device;
  if (place.device_id.empty() || !from_cloud(place.row)) return Refusal::subscription;
  return {};
}

// Without the bridge's subscriptions the broker would acknowledge readings and forget them.
Verdict may_unsubscribe(std::string_view client_id, std::string_view filter) {
  if (is_bridge(client_id) && is_filter_of_bridge(client_id, filter)) return Refusal::unsubscription;
  return {};
}

Verdict may_receive(std::string_view client_id, std::string_view topic) {
  const Place place = place_of(topic);
  const bool allowed = is_bridge(client_id)
                           ? from_device(place.row) || topic == counters_topic || topic == dropped_topic ||
                                 contains(backlog_topics, topic)
                           : place.device_id == client_id && !place.device_id.empty() && from_cloud(place.row);
  if (!allowed) return Refusal::delivery;
  return {};
}

bool keeps_retained(std::string_view topic) {
  return place_of(topic).row == Row::status;
}

}  // namespace epicura::bridge::plugin
