#include "actors/intake_edge.hpp"

#include "bus/subjects.hpp"
#include "schema/telemetry_codec.hpp"

namespace epicura {

std::optional<TelemetryMessage> decode_telemetry_delivery(const bus::Delivery& delivery) {
  const auto subject = bus::parse_device_subject(delivery.subject);
  if (!subject || subject->kind != bus::Kind::telemetry) return std::nullopt;
  auto decoded = decode_telemetry(subject->rest, delivery.payload, delivery.stored_at);
  const auto refused = decoded.refused.size();
  return TelemetryMessage{
      delivery.stream_seq,   delivery.ack_subject,        std::string(delivery.subject),          subject->device_id,
      delivery.stored_at,    std::move(decoded.readings), as_letters(std::move(decoded.refused)), refused,
      decoded.unknown_fields};
}

std::optional<DeviceMessage> decode_device_delivery(const bus::Delivery& delivery) {
  const auto subject = bus::parse_device_subject(delivery.subject);
  if (!subject || subject->kind == bus::Kind::telemetry) return std::nullopt;
  DeviceMessage message{delivery.stream_seq,
                        delivery.ack_subject,
                        std::string(delivery.subject),
                        subject->device_id,
                        delivery.stored_exactly,
                        delivery.retained,
                        std::nullopt,
                        std::nullopt};
  if (subject->kind != bus::Kind::status) return message;
  auto decoded = decode_status(delivery.payload);
  message.unknown_fields = decoded.unknown_fields;
  if (auto* refused = std::get_if<RefusedReading>(&decoded.result)) {
    message.refused = std::move(*refused);
  } else {
    message.status = std::get<DeviceStatus>(std::move(decoded.result));
  }
  return message;
}

DeadLetter letter_of_unknown_subject(std::string source, const bus::Delivery& delivery) {
  return {std::move(source),
          std::nullopt,
          std::string(delivery.subject),
          Refusal::illegal_topic,
          "no device of ours publishes on this subject",
          delivery.stream_seq,
          std::string(delivery.payload)};
}

}  // namespace epicura
