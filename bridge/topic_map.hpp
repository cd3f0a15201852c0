#pragma once
// MQTT topics to NATS subjects, level by level. A topic is the device's choice of bytes: what passes here becomes NATS
// syntax, so only the topics that a device may publish pass, made of levels of [A-Za-z0-9_-]{1,64}, the device id a
// lower-case UUID. Pure.
//
//   epicura/{id}/telemetry            epicura/{id}/events/{kind}     epicura/{id}/shadow/reported
//   epicura/{id}/telemetry/{1 to 4}   epicura/{id}/commands/ack      epicura/{id}/ota/progress
//   epicura/{id}/status

#include <string>
#include <string_view>
#include <variant>

#include "schema/reading.hpp"

namespace epicura::bridge {

// The subject, '/' become '.', or Refusal::illegal_topic. Allocates nothing but the subject.
std::variant<std::string, Refusal> subject_of(std::string_view topic);

}  // namespace epicura::bridge
