#pragma once
// The parameters of a batch of readings.

#include <span>

#include "schema/pg/params.hpp"
#include "schema/reading.hpp"

namespace epicura::pg {

struct DeviceReading {
  Uuid device_id;
  const Reading* reading;
};

// For insert_new_readings, insert_readings and count_conflicts. Values are finite (the server takes NaN and infinity).
// A batch sorted by day, then device, is the kindest to the index.
Params readings_params(std::span<const DeviceReading> batch);

}  // namespace epicura::pg
