#pragma once
// Where deliveries of JetStream become the actors' own structs: on the consumer's thread. JSON ends here.

#include <optional>

#include "actors/messages.hpp"
#include "bus/consumer.hpp"

namespace epicura {

// Absent: the subject is none of a device's telemetry.
std::optional<TelemetryMessage> decode_telemetry_delivery(const bus::Delivery& delivery);

// Absent: the subject is none of a device's, or is telemetry.
std::optional<DeviceMessage> decode_device_delivery(const bus::Delivery& delivery);

// Of a message for which both are absent.
DeadLetter letter_of_unknown_subject(std::string source, const bus::Delivery& delivery);

}  // namespace epicura
