#include "tests/fault/stream_reader.hpp"

#include <doctest/doctest.h>

namespace epicura::tests {

StreamReader::StreamReader(const House& house, const bus::StreamSpec& spec)
    : connection_({house.stack.env("NATS_URL"), "test", "_INBOX_epicura"}, {}, metrics_),
      consumer_(
          connection_, {spec.name, "test-reader"},
          [this](const bus::Delivery& delivery) {
            {
              const std::lock_guard lock(mutex_);
              messages_.push_back({std::string(delivery.subject), std::string(delivery.payload), delivery.stored_at});
            }
            bus::acknowledge(connection_, {&delivery.ack_subject, 1});
          },
          metrics_),
      keeper_(connection_, {spec}, {&consumer_}, nullptr, metrics_) {
  REQUIRE(connection_.start());
  REQUIRE(wait_until([this] { return consumer_.bound(); }));
}

StreamReader::~StreamReader() {
  keeper_.stop();
}

std::vector<StreamMessage> StreamReader::messages() const {
  const std::lock_guard lock(mutex_);
  return messages_;
}

std::vector<Json> letters_of(const StreamReader& dead_letters, const Uuid& device) {
  std::vector<Json> out;
  for (const auto& message : dead_letters.messages()) {
    auto letter = parse_json(message.payload);
    REQUIRE_FALSE(letter.refused);
    if (letter.value.value("device_id", Json()) == device.str()) out.push_back(std::move(letter.value));
  }
  return out;
}

}  // namespace epicura::tests
