// The actors' tables over PostgreSQL: which named statements make up each unit of work.

#include <algorithm>

#include "actors/bridge_owner.hpp"
#include "actors/device.hpp"
#include "actors/device_state.hpp"
#include "actors/partitions.hpp"
#include "actors/telemetry_writer.hpp"
#include "schema/observe/log.hpp"
#include "schema/pg/queries.hpp"
#include "schema/pg/readings.hpp"

namespace epicura {

namespace {

namespace q = pg::queries;

std::vector<pg::DeviceReading> with_devices(const std::vector<ReadingRow>& rows) {
  std::vector<pg::DeviceReading> out;
  out.reserve(rows.size());
  for (const auto& row : rows) out.push_back({row.message->device_id, row.reading});
  return out;
}

class PgReadingTable final : public ReadingTable {
 public:
  explicit PgReadingTable(pg::Client& client) : client_(client) {}

  void insert(const std::vector<ReadingRow>& rows, const LastSeen& seen, Duplicates duplicates,
              pg::Callback done) override {
    std::vector<std::pair<const pg::Statement*, pg::Params>> unit;
    unit.emplace_back(duplicates == Duplicates::expected ? &q::insert_readings : &q::insert_new_readings,
                      pg::readings_params(with_devices(rows)));
    if (!seen.empty()) {
      pg::Params touch;
      touch.add_each(seen, [](const auto& item) { return item.first; });
      touch.add_each(seen, [](const auto& item) { return item.second; });
      unit.emplace_back(&q::touch_devices, std::move(touch));
    }
    client_.transaction(std::move(unit), std::move(done));
  }

  void count_conflicts(const std::vector<ReadingRow>& rows, std::function<void(std::int64_t)> done) override {
    client_.execute(q::count_conflicts, pg::readings_params(with_devices(rows)),
                    [done = std::move(done)](const pg::Outcome& outcome) {
                      if (outcome.ok()) done(outcome.results.front().int8(0, 0));
                    });
  }

 private:
  pg::Client& client_;
};

class PgDeviceTable final : public DeviceTable {
 public:
  explicit PgDeviceTable(pg::Client& client) : client_(client) {}

  void apply(const StatusBatch& batch, pg::Callback done) override {
    pg::Params params;
    params.add_each(batch, [](const auto& item) { return item.first; });
    params.add_each(
        batch, [](const auto& item) { return std::string_view(item.second.status.online ? "online" : "offline"); });
    params.add_each(batch, [](const auto& item) { return item.second.status.epoch; });
    params.add_each(batch, [](const auto& item) { return item.second.time.stored_at; });
    params.add_each(batch, [](const auto& item) {
      const auto& firmware = item.second.status.firmware;
      return firmware.empty() ? std::nullopt : std::optional<std::string_view>(firmware);
    });
    params.add_each(batch, [](const auto& item) { return std::int64_t{item.second.time.retained}; });
    client_.execute(q::apply_statuses, std::move(params), std::move(done));
  }

  void sweep_presence(Timestamp cut_off, pg::Callback done) override {
    client_.execute(q::sweep_presence, pg::Params().add(cut_off), std::move(done));
  }

 private:
  pg::Client& client_;
};

class PgPartitionTable final : public PartitionTable {
 public:
  explicit PgPartitionTable(pg::Client& client) : client_(client) {}

  void keep(std::chrono::sys_days from, std::chrono::sys_days to, std::chrono::sys_days keep_from,
            pg::Callback done) override {
    client_.execute(q::make_partitions, pg::Params().add(Timestamp{from}).add(Timestamp{to}), std::move(done));
    // Dropping waits for its next turn where somebody reads the old day just now.
    client_.execute(q::drop_partitions, pg::Params().add(Timestamp{keep_from}), [](const pg::Outcome& outcome) {
      if (!outcome.ok() && outcome.failure != pg::Failure::away) {
        log::warning("partitions", "not dropped, next time: {} {}", outcome.message, outcome.sqlstate);
      }
      if (outcome.ok() && outcome.results[0].int8(0, 0) > 0) {
        log::info("partitions", "dropped {} days past retention", outcome.results[0].int8(0, 0));
      }
    });
  }

 private:
  pg::Client& client_;
};

class PgBridgeLock final : public BridgeLock {
 public:
  PgBridgeLock(pg::Client& client, std::string application_name)
      : client_(client), application_name_(std::move(application_name)) {}

  void take(pg::Callback done) override { client_.execute(q::try_bridge_lock, {}, std::move(done)); }
  void end_ghosts(pg::Callback done) override {
    client_.execute(q::terminate_ghost, pg::Params().add(std::string_view(application_name_)), std::move(done));
  }

 private:
  pg::Client& client_;
  std::string application_name_;
};

}  // namespace

std::shared_ptr<ReadingTable> make_reading_table(pg::Client& client) {
  return std::make_shared<PgReadingTable>(client);
}
std::shared_ptr<DeviceTable> make_device_table(pg::Client& client) {
  return std::make_shared<PgDeviceTable>(client);
}
std::shared_ptr<PartitionTable> make_partition_table(pg::Client& client) {
  return std::make_shared<PgPartitionTable>(client);
}
std::shared_ptr<BridgeLock> make_bridge_lock(pg::Client& client, std::string application_name) {
  return std::make_shared<PgBridgeLock>(client, std::move(application_name));
}

LoadTwin make_twin_loader(pg::Client& client) {
  return [&client](const Uuid& device_id, pg::Callback done) {
    client.transaction(
        {{&q::get_presence, pg::Params().add(device_id)}, {&q::latest_values, pg::Params().add(device_id)}},
        std::move(done));
  };
}

}  // namespace epicura
