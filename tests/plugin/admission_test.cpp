#include "bridge/plugin/admission.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>

#include "bridge/plugin/bridge_sessions.hpp"
#include "bridge/plugin/saved_file.hpp"

using namespace epicura::bridge;
using namespace epicura::bridge::plugin;
using namespace std::chrono_literals;

namespace {

// A broker that saves when it is told to by the test.
struct Saver {
  std::optional<FileStamp> file;
  bool complete = true;
  int asked = 0;

  void save() { file = FileStamp{1, file ? file->inode + 1 : 1, 0}; }
  Admission admission() {
    return Admission({[this] { return file; }, [this] { return complete; }, [this] { ++asked; }});
  }
};

void subscribe_all(Admission& admission, int qos = 1) {
  for (const auto filter : telemetry_filters) admission.subscribed(telemetry_client_id, filter, qos);
  for (const auto filter : device_filters) admission.subscribed(device_client_id, filter, qos);
}

const auto start = std::chrono::steady_clock::time_point{} + 1h;

}  // namespace

TEST_CASE("devices are admitted by the first tick that sees the save") {
  Saver broker;
  auto admission = broker.admission();
  subscribe_all(admission);
  CHECK_FALSE(admission.tick(start));
  CHECK(broker.asked == 1);
  CHECK_FALSE(admission.tick(start + 1ms));
  CHECK_FALSE(admission.open());
  broker.save();
  CHECK(admission.tick(start + 2ms));
  CHECK(admission.open());
  CHECK_FALSE(admission.tick(start + 3ms));  // opens once
  CHECK(admission.open());
  CHECK(broker.asked == 1);
}

TEST_CASE("a file that was there before, or saved before the last subscription, is no save") {
  Saver broker;
  broker.save();
  auto admission = broker.admission();
  subscribe_all(admission);
  broker.save();  // in the same turn of the loop, before the tick: it may lack the subscriptions
  CHECK_FALSE(admission.tick(start));
  CHECK_FALSE(admission.tick(start + 1ms));
  broker.save();
  CHECK(admission.tick(start + 2ms));
}

TEST_CASE("every filter of both sessions is needed, at QoS 1, from the session it belongs to") {
  for (std::size_t left_out = 0; left_out < telemetry_filters.size() + device_filters.size(); ++left_out) {
    Saver broker;
    auto admission = broker.admission();
    std::size_t place = 0;
    for (const auto filter : telemetry_filters) {
      if (place++ != left_out) admission.subscribed(telemetry_client_id, filter, 1);
      admission.subscribed(device_client_id, filter, 1);
    }
    for (const auto filter : device_filters) {
      if (place++ != left_out) admission.subscribed(device_client_id, filter, 1);
    }
    CHECK_FALSE(admission.tick(start));
    CHECK(broker.asked == 0);
  }
  Saver broker;
  auto admission = broker.admission();
  subscribe_all(admission, 0);
  CHECK_FALSE(admission.tick(start));
  CHECK(broker.asked == 0);
}

TEST_CASE("a save that fails is asked for again, each second") {
  Saver broker;
  auto admission = broker.admission();
  subscribe_all(admission);
  admission.tick(start);
  for (int ms = 0; ms < 3000; ms += 10) CHECK_FALSE(admission.tick(start + std::chrono::milliseconds(ms)));
  CHECK(broker.asked == 3);
  broker.save();
  CHECK(admission.tick(start + 3s));
}

TEST_CASE("a file that was written in part only admits nobody") {
  Saver broker;
  broker.complete = false;
  auto admission = broker.admission();
  subscribe_all(admission);
  admission.tick(start);
  broker.save();
  CHECK_FALSE(admission.tick(start + 1ms));
  broker.complete = true;
  CHECK_FALSE(admission.tick(start + 2ms));  // not looked at again before it has changed
  broker.save();
  CHECK(admission.tick(start + 1001ms));
}

TEST_CASE("the saved file must hold each subscription, wherever it lies") {
  const std::string path = "/tmp/epicura-saved-" + std::to_string(getpid());
  const auto written = [&](const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
    return holds_bridge_sessions(path);
  };
  std::vector<std::string> records;
  records.reserve(std::size(telemetry_filters) + std::size(device_filters));
  for (const auto filter : telemetry_filters) records.push_back(std::string(telemetry_client_id).append(filter));
  for (const auto filter : device_filters) records.push_back(std::string(device_client_id).append(filter));
  const std::string gap("\0\0\0\4", 4);
  std::string all = gap;
  for (const auto& record : records) all += record + gap;

  CHECK(written(all));
  CHECK(written(all.substr(0, all.size() - gap.size())));  // the last record, without one behind it
  CHECK_FALSE(written(""));
  CHECK_FALSE(written(all.substr(0, all.size() - gap.size() - 1)));
  for (std::size_t left_out = 0; left_out < records.size(); ++left_out) {
    std::string some = gap;
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (i != left_out) some += records[i] + gap;
    }
    CHECK_FALSE(written(some));  // "telemetry" is not in "telemetry/#"
  }
  // Across the blocks in which it is read.
  for (const std::size_t before :
       {(1UL << 20) - all.size() / 2, (1UL << 20) - 40, (1UL << 20) - 1, 1UL << 20, 5UL << 20}) {
    CHECK(written(std::string(before, 'e') + all));
    CHECK(written(std::string(before, 'e') + all + std::string(3UL << 20, 'x')));
  }
  std::remove(path.c_str());
  CHECK_FALSE(holds_bridge_sessions(path));
  CHECK_FALSE(holds_bridge_sessions("/tmp"));
  CHECK_FALSE(stamp_of(path));
}
