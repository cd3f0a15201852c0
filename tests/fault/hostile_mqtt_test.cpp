// What devices that are broken or bad may send over MQTT. Each is a counted refusal, or a dead letter with its reason;
// the good readings around it are stored; the program lives.

#include "tests/fault/account.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <set>

#include "tests/fault/pot.hpp"
#include "tests/fault/stream_reader.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

std::int64_t ms(Timestamp time) {
  return time.time_since_epoch().count();
}

std::string reading(Timestamp ts, std::int64_t seq, const std::string& value) {
  return fmt::format(R"({{"ts":{},"seq":{},"value":{}}})", ms(ts), seq, value);
}

// A device on its connection, with the account of its good readings.
struct Sender {
  House& house;
  KitchenDevice device = house.register_devices(1).front();
  std::string base = "epicura/" + device.id.str() + "/";
  std::unique_ptr<Pot> pot = connected();
  Account good = {};
  std::int64_t seq = 0;

  std::unique_ptr<Pot> connected() {
    auto made = std::make_unique<Pot>(house.mqtt_port());
    REQUIRE(made->connect(device) == 0);
    return made;
  }
  void send_good() {
    const auto ts = now();
    ++seq;
    REQUIRE(pot->publish(base + "telemetry/temperature", reading(ts, seq, std::to_string(seq))));
    good.push_back({device.id, "temperature", ts, seq, static_cast<double>(seq)});
  }
  // The broker took it as it takes any publish.
  void send_bad(const std::string& topic, const std::string& payload) {
    CHECK_MESSAGE(pot->publish(topic, payload), "the broker hung up at topic " << topic);
    send_good();
  }
  // The broker ends the connection of whoever sends this.
  void send_malformed(const std::string& topic, const std::string& payload) {
    CHECK_FALSE_MESSAGE(pot->publish(topic, payload), "the broker took topic " << topic);
    pot = connected();
    send_good();
  }
};

double refused_by_the_broker(const House& house, const std::string& reason) {
  return std::max(0.0, house.metric(fmt::format(R"(epicura_broker_refused{{reason="{}"}})", reason)));
}

// One dead letter of code `code` for each payload, in their order.
void expect_letters(const StreamReader& letters, const Sender& sender, const std::vector<std::string>& codes) {
  std::vector<Json> found;
  wait_until([&] { return (found = letters_of(letters, sender.device.id)).size() >= codes.size(); }, 10s);
  std::multiset<std::string> got, wanted(codes.begin(), codes.end());
  for (const auto& letter : found) {
    got.insert(letter.at("code").get<std::string>());
    CHECK(letter.at("source") == "telemetry");
    CHECK(letter.at("origin").get<std::string>().find(sender.device.id.str()) != std::string::npos);
    CHECK(letter.at("stream_seq").get<std::uint64_t>() > 0);
    CHECK_FALSE(letter.at("detail").get<std::string>().empty());
    CHECK(letter.at("payload_b64").get<std::string>().size() <= 4096 * 4 / 3 + 4);
  }
  CHECK_MESSAGE(got == wanted, "dead letters: " << fmt::format("{}", fmt::join(got, " ")));
}

}  // namespace

TEST_CASE("hostile topics are refused and counted, and the good readings around them are stored") {
  House house;
  const auto program = house.stack.pid("epicura");
  Sender sender{house};
  const auto other = house.register_devices(1).front();
  const auto ok = reading(now(), 1, "1");
  sender.send_good();

  const std::vector<std::string> illegal = {"telemetry/a.b",
                                            "telemetry/*",
                                            "telemetry/>",
                                            "telemetry/a b",
                                            "telemetry/ ",
                                            "telemetry/a*",
                                            "telemetry/a>",
                                            "telemetry/",
                                            "telemetry//a",
                                            "telemetry/a/b/c/d/e",
                                            "telemetry/" + std::string(65, 'a'),
                                            "telemetry/\xc3\xa4",
                                            "telemetry/$JS.API.STREAM.DELETE.TELEMETRY"};
  for (const auto& topic : illegal) sender.send_bad(sender.base + topic, ok);
  const std::vector<std::string> not_a_devices = {"commands", "ota", "shadow/desired", "recipes", "telemetries", ""};
  for (const auto& topic : not_a_devices) sender.send_bad(sender.base + topic, ok);
  const std::string others = "epicura/" + other.id.str() + "/";
  sender.send_bad(others + "telemetry/temperature", ok);
  sender.send_bad(others + "status", R"({"state":"offline","epoch":99})");
  for (const std::string topic : {"cloud/dead-letter/mqtt", "$epicura/plugin", "epicura", "/"})
    sender.send_bad(topic, ok);
  sender.send_bad("$SYS/broker/uptime",
                  ok);  // not counted: the broker refuses this by itself, before it asks the plugin
  std::string upper = sender.device.id.str();
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  sender.send_bad("epicura/" + upper + "/telemetry/temperature", ok);
  // What MQTT itself forbids ends the connection.
  for (const std::string topic : {"telemetry/+", "telemetry/#", "telemetry/a+b", "telemetry/\xff\xfe", ""})
    sender.send_malformed(topic.empty() ? topic : sender.base + topic, ok);

  const auto refused = [&](const char* reason) { return refused_by_the_broker(house, reason); };
  const auto all = static_cast<double>(illegal.size() + not_a_devices.size() + 2 + 4 + 1);
  const auto counted = [&] { return refused("illegal_topic") + refused("not_publishable") + refused("other_device"); };
  CHECK_MESSAGE(wait_until([&] { return counted() >= all; }, 10s), counted() << " refusals counted of " << all);
  CHECK(refused("illegal_topic") > 0);
  CHECK(refused("not_publishable") > 0);
  CHECK(refused("other_device") >= 2);
  every_acknowledged_reading_is_in_the_table_exactly_once(house, sender.good);
  auto database = house.database();
  CHECK(database.value("select count(*) from device_telemetry") == std::to_string(sender.good.size()));
  CHECK(database.value("select status_epoch from devices where id = $1::uuid", {other.id.str()}) == "-1");
  CHECK(house.stack.pid("epicura") == program);
  CHECK(house.is_ready());
}

TEST_CASE("who is not what it says does not get in, and takes nobody's place") {
  House house;
  Sender sender{house};
  const auto other = house.register_devices(1).front();
  const auto id = other.id.str();
  const auto attempt = [&](const std::string& client_id, const std::string& username, const std::string& password) {
    return Pot(house.mqtt_port()).connect(client_id, username, password);
  };
  CHECK(attempt(sender.device.id.str(), id, other.token) != 0);  // its own password, another's client id
  CHECK(attempt(id, sender.device.id.str(), other.token) != 0);
  CHECK(attempt(id, id, sender.device.token) != 0);
  CHECK(attempt(id, id, "") != 0);
  CHECK(attempt(id, id, other.token + "x") != 0);
  CHECK(attempt(id, id, std::string(60'000, 'x')) != 0);
  CHECK(attempt("", "", "") != 0);
  for (const std::string bridge : {"epicura-bridge-telemetry", "epicura-bridge-device"}) {
    CHECK(attempt(bridge, id, other.token) != 0);
    CHECK(attempt(bridge, "epicura-bridge", "guess") != 0);
    std::ifstream file(house.stack.run_dir() / "secrets" / "bridge_password");
    std::string password;
    file >> password;
    CHECK(attempt(bridge, "epicura-bridge", password) != 0);  // right, and in the wrong place
  }
  sender.send_good();  // on the connection that it has had all the time
  CHECK(wait_until([&] { return refused_by_the_broker(house, "wrong_client_id") >= 3; }, 10s));
  CHECK(refused_by_the_broker(house, "bad_token") >= 4);
  CHECK(refused_by_the_broker(house, "bridge_elsewhere") >= 4);
  CHECK(house.is_ready());
  every_acknowledged_reading_is_in_the_table_exactly_once(house, sender.good);
}

TEST_CASE("hostile payloads become dead letters with their reason, and the good readings around them are stored") {
  House house;
  const auto program = house.stack.pid("epicura");
  const StreamReader letters(house, bus::dead_letter_stream(usual_dead_letter_bytes));
  Sender sender{house};
  const auto topic = sender.base + "telemetry/temperature";
  const auto many = sender.base + "telemetry";
  const auto ts = ms(now());
  std::vector<std::string> codes;
  const auto bad = [&](const std::string& to, const std::string& payload, const char* code) {
    sender.send_bad(to, payload);
    codes.emplace_back(code);
  };
  const auto at = [&](const std::string& time) { return fmt::format(R"({{"ts":{},"value":1}})", time); };

  bad(topic, "", "bad_json");
  bad(topic, std::string(65'000, 'x'), "bad_json");
  bad(topic, std::string(60'000, '['), "too_deep");
  bad(topic, fmt::format(R"({{"ts":{},"value":1,"x":{}1{}}})", ts, std::string(100, '['), std::string(100, ']')),
      "too_deep");
  std::string deep;
  for (int i = 0; i < 8'000; ++i) deep += R"({"a":)";
  bad(many, deep, "too_deep");
  bad(topic, std::string("\0\0\0\0", 4), "bad_json");
  bad(topic, fmt::format("{{\"ts\":{},\"value\":1,\"unit\":\"\xff\xfe\"}}", ts), "bad_json");
  bad(topic, "null", "bad_value");
  bad(topic, "[]", "bad_value");
  for (const std::string value : {"NaN", "Infinity", "-Infinity", "1e999"})
    bad(topic, reading(now(), 1, value), "bad_json");
  for (const std::string value : {"\"1\"", "null", "true", "[1]", "{}"})
    bad(topic, reading(now(), 1, value), "bad_value");
  for (const std::string time :
       {"\"0001-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59Z\"", "\"infinity\"", "\"-infinity\"", "\"\"", "\"now\"",
        "-1", "0", "1e300", "253402300799999", "9223372036854775807", "null", "\"2026-13-45T99:99:99Z\"", "[]"})
    bad(topic, at(time), "bad_time");
  bad(topic, at(std::to_string(ts - 8LL * 24 * 3600 * 1000)), "bad_time");
  bad(topic, at(std::to_string(ts + 10LL * 60 * 1000)), "bad_time");
  bad(topic, fmt::format(R"({{"ts":{},"value":1,"seq":-5}})", ts), "bad_value");
  bad(topic, fmt::format(R"({{"ts":{},"value":1,"seq":18446744073709551615}})", ts), "bad_value");
  bad(topic, fmt::format(R"({{"ts":{},"value":1,"session_id":"none"}})", ts), "bad_value");
  bad(many, fmt::format(R"({{"ts":{},"values":{{"a b":1}}}})", ts), "bad_metric");
  bad(many, fmt::format(R"({{"ts":{},"values":{{"a.b.c.d.e":1}}}})", ts), "bad_metric");
  bad(many, fmt::format(R"({{"ts":{},"values":{{}}}})", ts), "bad_value");
  bad(many, "[]", "bad_value");
  // Larger than any packet may be: the broker hangs up.
  sender.send_malformed(topic, std::string(65'536, 'x'));
  sender.send_malformed(topic, std::string(1 << 20, 'x'));

  // Bad ones among good ones, in one message: the bad one alone is refused.
  const auto both = now();
  sender.send_bad(many,
                  fmt::format(R"({{"ts":{},"seq":5000,"values":{{"power":7,"bad metric":1,"weight":8}}}})", ms(both)));
  codes.emplace_back("bad_metric");
  sender.good.push_back({sender.device.id, "power", both, 5000, 7});
  sender.good.push_back({sender.device.id, "weight", both, 5000, 8});
  sender.send_bad(
      many,
      fmt::format(
          R"([{{"ts":{0},"seq":5001,"values":{{"power":1}}}},{{"ts":"infinity","values":{{"power":2}}}},{{"ts":{0},"seq":5002,"values":{{"power":3}}}}])",
          ms(both)));
  codes.emplace_back("bad_time");
  sender.good.push_back({sender.device.id, "power", both, 5001, 1});
  sender.good.push_back({sender.device.id, "power", both, 5002, 3});

  every_acknowledged_reading_is_in_the_table_exactly_once(house, sender.good);
  expect_letters(letters, sender, codes);
  CHECK(house.metric(R"(epicura_dead_letters_total{source="telemetry"})") == static_cast<double>(codes.size()));
  CHECK(house.database().value("select count(*) from device_telemetry") == std::to_string(sender.good.size()));
  CHECK(house.stack.pid("epicura") == program);
  CHECK(house.is_ready());
  // All of it is acknowledged to JetStream: nothing comes again and again.
  CHECK(wait_until([&] { return house.metric("epicura_intake_open_messages") == 0; }, 5s));
}

TEST_CASE("standing clocks, repeated and reordered numbers: the first value stays, conflicts are counted") {
  House house;
  Sender sender{house};
  const auto topic = sender.base + "telemetry/temperature";
  const auto still = now();
  // A standing clock without numbers: one key.
  for (int value = 1; value <= 5; ++value)
    REQUIRE(sender.pot->publish(topic, fmt::format(R"({{"ts":{},"value":{}}})", ms(still), value)));
  sender.good.push_back({sender.device.id, "temperature", still, -1, 1});
  // A standing clock with numbers: each is a reading of its own; backwards, and each twice.
  for (int repeat = 0; repeat < 2; ++repeat) {
    for (int seq = 109; seq >= 100; --seq)
      REQUIRE(sender.pot->publish(topic, reading(still, seq, std::to_string(seq))));
  }
  for (int seq = 100; seq < 110; ++seq) sender.good.push_back({sender.device.id, "temperature", still, seq, seq * 1.0});
  every_acknowledged_reading_is_in_the_table_exactly_once(house, sender.good);
  CHECK(wait_until([&] { return house.metric("epicura_rows_conflict_total") == 4; }, 5s));
  CHECK(wait_until([&] { return house.metric("epicura_rows_duplicate_total") == 14; }, 5s));
  CHECK(house.database().value("select count(*) from device_telemetry") == std::to_string(sender.good.size()));
}

TEST_CASE("a poison reading in the middle of a batch: it alone is refused") {
  House house;
  house.database().rows("alter table device_telemetry add constraint no_poison check (value <> 666)");
  const StreamReader letters(house, bus::dead_letter_stream(usual_dead_letter_bytes));
  Sender sender{house};
  // While PostgreSQL hangs the readings gather, and come to it in large batches, each with poison in it.
  Hanging postgres(house.stack.pid("postgres"));
  constexpr int poisons = 3;
  const auto topic = sender.base + "telemetry/power";
  for (int i = 0; i < poisons; ++i) {
    for (int k = 0; k < 200; ++k) sender.send_good();
    sender.send_bad(topic, reading(now(), 1'000'000 + i, "666"));
  }
  const auto shared = now();
  sender.send_bad(
      sender.base + "telemetry",
      fmt::format(R"({{"ts":{},"seq":2000000,"values":{{"power":1,"weight":666,"stir_speed":2}}}})", ms(shared)));
  sender.good.push_back({sender.device.id, "power", shared, 2'000'000, 1});
  sender.good.push_back({sender.device.id, "stir_speed", shared, 2'000'000, 2});
  postgres.end();
  every_acknowledged_reading_is_in_the_table_exactly_once(house, sender.good);
  expect_letters(letters, sender, std::vector<std::string>(poisons + 1, "row_refused"));
  CHECK(house.metric("epicura_rows_refused_total") == poisons + 1);
  CHECK(wait_until([&] { return house.metric("epicura_intake_open_messages") == 0; }, 5s));
  CHECK(house.is_ready());
}
