// The bridge's way to JetStream with a real nats-server that takes less than the broker.

#include <doctest/doctest.h>

#include "actors/bridge_sink.hpp"
#include "bus/max_payload.hpp"
#include "schema/bounded_json.hpp"
#include "tests/bus/bus_fixture.hpp"

using namespace epicura;
using bridge::Inbound;

namespace {

constexpr std::size_t limit = 16 << 10;
const std::string device = "0198c0de-0000-7000-8000-00000000abcd";

// A server whose limit was lowered while the program was connected to it.
struct House {
  bus::NatsServer server;
  bus::Process process{server};
  bus::Received letters;
  bus::Received statuses;
  bus::Consumer letter_consumer = consumer("DEAD_LETTER", letters);
  bus::Consumer status_consumer = consumer("DEVICE", statuses);
  std::optional<bus::Keeper> keeper;
  BridgeSink sink{make_bridge_streams(process.connection, process.store, process.store), now, process.metrics};

  House() {
    REQUIRE(process.settled());
    CHECK(bus::max_payload(process.connection) == 2 << 20);
    server.stop();
    server.configure("max_payload: 2MB", "max_payload: 16KB");
    server.start();
    REQUIRE(bus::wait_until([this] { return bus::max_payload(process.connection) == limit; }));
    REQUIRE(process.settled());
    keeper.emplace(
        process.connection, bus::small_streams(), std::vector{&letter_consumer, &status_consumer},
        [](const bus::BusState&) {}, process.metrics);
    REQUIRE(bus::wait_until([this] { return letter_consumer.bound() && status_consumer.bound(); }));
  }
  bus::Consumer consumer(const std::string& stream, bus::Received& into) {
    return {process.connection,
            {stream, "recorder"},
            [this, &into](const bus::Delivery& delivery) { into.take(process.connection, delivery); },
            process.metrics};
  }
  bool store(std::vector<Inbound> batch) {
    std::vector<bridge::RefusedMessage> none;
    return sink.store(batch, none);
  }
};

Inbound telemetry(std::string payload) {
  return {"epicura/" + device + "/telemetry/t", "epicura." + device + ".telemetry.t", std::move(payload)};
}

// As the sink sends a retained status.
bus::Outgoing outgoing(const Inbound& message) {
  return {message.subject,
          message.payload,
          {{bus::msg_id_header, device_message_id(message.subject, message.payload)}, {bus::retain_header, "1"}}};
}

// A status of `size` bytes as NATS counts them, its two headers among them.
Inbound status(std::size_t size) {
  const std::string begin = R"({"epoch":1,"seq":)" + std::to_string(size) + R"(,"filling":")";
  Inbound out{"epicura/" + device + "/status", "epicura." + device + ".status", begin + "\"}", true};
  const auto counted = bus::size_of(outgoing(out));
  out.payload = begin + std::string(size - counted, ' ') + "\"}";
  return out;
}

}  // namespace

TEST_CASE("a message that NATS is too small for does not hold up its batch") {
  House house;
  CHECK(house.store({telemetry("first"), telemetry(std::string(limit + 1, 'x')), telemetry(std::string(limit, 'y')),
                     telemetry("last")}));
  REQUIRE(bus::wait_until([&] { return house.process.received.size() >= 3; }));
  CHECK(house.process.received.has("first"));
  CHECK(house.process.received.has("last"));
  CHECK(house.process.received.has(std::string(limit, 'y')));
  REQUIRE(bus::wait_until([&] { return house.letters.size() >= 1; }));
  const std::scoped_lock lock(house.letters.mutex);
  REQUIRE(house.letters.payloads.size() == 1);
  const auto letter = Json::parse(*house.letters.payloads.begin());
  CHECK(letter["code"] == "too_large");
  CHECK(letter["source"] == "mqtt");
  CHECK(letter["device_id"] == device);
  CHECK(letter["size"] == limit + 1);
}

TEST_CASE("headers are counted as the server counts them: the last byte that fits is stored, one more is not") {
  House house;
  CHECK(house.store({status(limit)}));
  REQUIRE(bus::wait_until([&] { return house.statuses.size() == 1; }));
  CHECK(house.letters.size() == 0);
  CHECK(house.store({status(limit + 1)}));
  REQUIRE(bus::wait_until([&] { return house.letters.size() == 1; }));
  CHECK(house.statuses.size() == 1);
  // What is counted is what the server refuses, not less.
  CHECK_FALSE(house.process.store.store_all(std::vector{outgoing(status(limit + 1))}));
}
