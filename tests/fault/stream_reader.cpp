#include "tests/fault/stream_reader.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace epicura::tests {

StreamReader::StreamReader(const House& house, const bus::StreamSpec& spec)
    : stream_(spec.name),
      connection_({house.stack.env("NATS_URL"), "test", "_INBOX_epicura"}, {}, metrics_),
      consumer_(
          connection_, {spec.name, "test-reader"},
          [this](const bus::Delivery& delivery) {
            {
              const std::lock_guard lock(mutex_);
              last_seq_ = std::max(last_seq_, delivery.stream_seq);
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

std::vector<StreamMessage> StreamReader::all_messages() const {
  jsCtx* raw = nullptr;
  REQUIRE(natsConnection_JetStream(&raw, connection_.link().get(), nullptr) == NATS_OK);
  const bus::JetStream jetstream(raw);
  jsStreamInfo* info = nullptr;
  REQUIRE(js_GetStreamInfo(&info, jetstream.get(), stream_.c_str(), nullptr, nullptr) == NATS_OK);
  const auto last = info->State.LastSeq;
  jsStreamInfo_Destroy(info);
  REQUIRE(wait_until([&] {
    const std::lock_guard lock(mutex_);
    return last_seq_ >= last;
  }));
  return messages();
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
