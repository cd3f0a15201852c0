#include "actors/broker_report.hpp"

#include <doctest/doctest.h>

#include "bridge/plugin/bridge_sessions.hpp"
#include "bridge/plugin/tally.hpp"

using namespace epicura;
using namespace epicura::bridge;

namespace {

struct Report {
  Readiness readiness;
  observe::Metrics metrics;
  BrokerReport report{readiness, metrics};

  double gauge(const std::string& name, const observe::Labels& labels = {}) {
    return metrics.gauge(name, "", labels).Value();
  }
  double refused(const std::string& reason) { return gauge("epicura_broker_refused", {{"reason", reason}}); }
};

}  // namespace

TEST_CASE("the plugin's own words: who is admitted, and what was refused by reason") {
  Report house;
  plugin::Tally tally;
  tally[plugin::Refusal::bad_token] = 7;
  house.report.take(counters_topic, plugin::to_json(tally, {true, 3, 4096}));
  CHECK(house.readiness.broker_admits);
  CHECK(house.gauge("epicura_broker_admitting") == 1);
  CHECK(house.refused("bad_token") == 7);
  CHECK(house.refused("anonymous") == 0);
  // A broker that was started again counts from nothing, and lets nobody in at first.
  house.report.take(counters_topic, plugin::to_json({}, {}));
  CHECK_FALSE(house.readiness.broker_admits);
  CHECK(house.gauge("epicura_broker_admitting") == 0);
  CHECK(house.refused("bad_token") == 0);
}

TEST_CASE("what the broker had to drop is shown") {
  Report house;
  house.report.take(dropped_topic, "12");
  CHECK(house.gauge("epicura_broker_dropped") == 12);
  house.report.take(dropped_topic, "many");
  house.report.take(dropped_topic, "");
  CHECK(house.gauge("epicura_broker_dropped") == 12);
  house.report.take("$SYS/broker/uptime", "99 seconds");
  CHECK(house.gauge("epicura_broker_dropped") == 12);
}

TEST_CASE("what is no report changes nothing; one that does not say yes admits nobody") {
  Report house;
  house.report.take(counters_topic, R"({"admitting":true})");
  for (const auto* text : {"", "no JSON", "[]", "null", "\"admitting\"", "{"}) {
    CAPTURE(text);
    house.report.take(counters_topic, text);
    CHECK(house.readiness.broker_admits);
  }
  house.report.take("$epicura/other", R"({"admitting":false})");
  CHECK(house.readiness.broker_admits);
  for (const auto* text : {"{}", R"({"admitting":"true"})", R"({"admitting":1})", R"({"admitting":null})"}) {
    CAPTURE(text);
    house.readiness.broker_admits = true;
    house.report.take(counters_topic, text);
    CHECK_FALSE(house.readiness.broker_admits);
  }
}

TEST_CASE("a reason that cannot be a label, or has no number, is passed over; those beside it are shown") {
  Report house;
  house.report.take(counters_topic, R"({"admitting":true,"refused":{"a\"b":1,"":2,"text":"3","quota":4}})");
  CHECK(house.refused("quota") == 4);
  const auto text = house.metrics.text();
  CHECK(text.find("a\\\"b") == std::string::npos);
  CHECK(text.find("reason=\"\"") == std::string::npos);
  CHECK(text.find("reason=\"text\"") == std::string::npos);
  house.report.take(counters_topic, R"({"admitting":true,"refused":[1,2]})");
  CHECK(house.readiness.broker_admits);
}
