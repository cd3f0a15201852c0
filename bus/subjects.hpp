#pragma once
// NATS subjects: built and parsed in one place. They mirror the MQTT topics level by level, with '.' for '/'.

#include <optional>
#include <string>
#include <string_view>

#include "schema/uuid.hpp"

namespace epicura::bus {

enum class Kind { telemetry, status, event, command_ack, shadow_reported, ota_progress };

struct DeviceSubject {
  Uuid device_id;
  Kind kind = Kind::telemetry;
  // telemetry: the metric, its levels joined by '.', empty for the form with `values`; event: its kind; else empty.
  // Points into the parsed text.
  std::string_view rest;
};

// What a device sent: epicura.{device_id}.{telemetry[.metric] | status | events.kind | commands.ack | shadow.reported |
// ota.progress}. Absent for everything else, and where the id is not a lower-case UUID. Never throws.
std::optional<DeviceSubject> parse_device_subject(std::string_view subject);

std::string telemetry_subject(const Uuid& device_id);  // epicura.{device_id}.telemetry
// What the nodes tell one another of people, and each hears: sessions that have ended (schema/revocation_news.hpp),
// what was used of quotas (schema/quota_news.hpp). Ids and addresses are in it, so it is where those may not listen who
// look on.
inline constexpr const char* node_news_subjects = "cloud.users.nodes.*";
inline constexpr const char* revoked_subject = "cloud.users.nodes.revoked";
inline constexpr const char* quota_subject = "cloud.users.nodes.quota";
std::string dead_letter_subject(std::string_view source);  // cloud.dead-letter.{source}; the source is one legal level
std::string job_subject(std::string_view kind);            // cloud.jobs.{kind}; the kind is one legal level

// Headers. A second message with the same id is not stored again; its sender hears that it is.
inline constexpr const char* msg_id_header = "Nats-Msg-Id";
// "1": an MQTT broker had retained the message and told it again, it is not new.
inline constexpr const char* retain_header = "Mqtt-Retain";
// Of the request that the message comes from: the W3C's trace context, and the request's id.
inline constexpr const char* traceparent_header = "traceparent";
inline constexpr const char* request_id_header = "X-Request-Id";

// May this be published to? Levels without wildcards, spaces and control characters, none empty, at most 512 bytes:
// a longer line or a line break would end the connection, or become protocol.
bool is_publishable(std::string_view subject);

}  // namespace epicura::bus
