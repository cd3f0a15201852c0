// What a request leaves on the bus: its trace, and all of a deed that it has begun.

#include "bus/subjects.hpp"
#include "tests/actors/request_house.hpp"
#include "tests/bus/bus_fixture.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

const std::string reading = R"({"readings":[{"metric":"t","value":1,"ts":"2026-11-20T12:00:00Z"}]})";
const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";

// Everything that is published on the devices' subjects, with its headers.
class Listener {
 public:
  explicit Listener(const bus::NatsServer& server)
      : connection_({server.url("ops", bus::NatsServer::ops_password), "listener", "_INBOX_ops"}, {}, metrics_) {
    connection_.start();
    REQUIRE(bus::wait_until([this] { return connection_.connected(); }));
    REQUIRE(natsConnection_SubscribeSync(&subscription_, connection_.link().get(), "epicura.>") == NATS_OK);
    REQUIRE(connection_.flush(Millis{5000}));
  }
  ~Listener() { natsSubscription_Destroy(subscription_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Of the next message; an absent header: "".
  std::pair<std::string, std::string> next_trace() {
    natsMsg* message = nullptr;
    REQUIRE(natsSubscription_NextMsg(&message, subscription_, 5000) == NATS_OK);
    const auto header = [message](const char* name) {
      const char* value = nullptr;
      return natsMsgHeader_Get(message, name, &value) == NATS_OK ? std::string(value) : std::string();
    };
    std::pair out{header(bus::traceparent_header), header(bus::request_id_header)};
    natsMsg_Destroy(message);
    return out;
  }

 private:
  observe::Metrics metrics_;
  bus::Connection connection_;
  natsSubscription* subscription_ = nullptr;
};

struct Served {
  bus::NatsServer server;
  bus::Process process{server};
  RequestHouse house{server.url()};
  Served() {
    REQUIRE(process.settled());
    REQUIRE(bus::wait_until([this] { return house.nats.connected(); }));
    house.readiness.nats = house.readiness.streams = true;
    house.readiness.telemetry_max_bytes = 1 << 20;
    house.generations.note(house.device, 1, RequestHouse::noon);
  }
  http::Request posting() const {
    return house.make(http::api_routes, "POST", "/devices/" + house.device.str() + "/telemetry", house.pot(), reading);
  }
};

}  // namespace

TEST_CASE("a trace goes on over the bus: the same trace, the request as its parent, and the request's id") {
  Served served;
  Listener listener(served.server);
  auto traced = served.posting();
  traced.traceparent = "00-" + trace + "-00f067aa0ba902b7-01";
  served.house.serve(std::move(traced));
  CHECK(served.house.await_status() == 202);
  const auto [traceparent, request_id] = listener.next_trace();
  CHECK(traceparent == "00-" + trace + "-80000123456789ab-01");
  CHECK(request_id == "0198c0de-0000-7000-8000-0123456789ab");
}

TEST_CASE("who brings no trace is given none") {
  Served served;
  Listener listener(served.server);
  served.house.serve(served.posting());
  CHECK(served.house.await_status() == 202);
  CHECK(listener.next_trace() == std::pair<std::string, std::string>{});
}

TEST_CASE("a deed that is begun is finished, whether its client still waits or not") {
  Served served;
  auto& house = served.house;
  served.server.pause();
  const auto exchange = house.serve(served.posting());
  house.stage.run();  // handed to the bus, which does not answer yet
  REQUIRE(house.desk.at_work() == 1);
  exchange.lock()->client_left();
  house.stage.run();
  REQUIRE(house.desk.at_work() == 1);
  served.server.resume();
  CHECK(house.await_status() == 202);  // to nobody: the front end throws it away
  CHECK(house.desk.at_work() == 0);
  CHECK(house.counted("epicura_requests_cancelled_total", "postDeviceTelemetry") == 0);
  CHECK(bus::wait_until([&] { return served.process.received.size() == 1; }));
}
