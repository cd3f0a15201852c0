#include "schema/pg/readings.hpp"

namespace epicura::pg {

Params readings_params(std::span<const DeviceReading> batch) {
  Params params;
  params.add_each(batch, [](const DeviceReading& item) -> const Uuid& { return item.device_id; })
      .add_each(batch, [](const DeviceReading& item) { return std::string_view(item.reading->metric); })
      .add_each(batch, [](const DeviceReading& item) { return item.reading->ts; })
      .add_each(batch, [](const DeviceReading& item) { return item.reading->seq; })
      .add_each(batch, [](const DeviceReading& item) { return item.reading->value; })
      .add_each(batch,
                [](const DeviceReading& item) {
                  const auto& unit = item.reading->unit;
                  return unit.empty() ? std::nullopt : std::optional<std::string_view>(unit);
                })
      .add_each(batch,
                [](const DeviceReading& item) -> const std::optional<Uuid>& { return item.reading->session_id; });
  return params;
}

}  // namespace epicura::pg
