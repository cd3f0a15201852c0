#pragma once
// A database with the program's schema, and times and readings to fill it with.

#include "schema/pg/migrate.hpp"
#include "schema/pg/queries.hpp"
#include "schema/pg/readings.hpp"
#include "tests/pg/waiting.hpp"

namespace epicura::pg {

inline std::string migrated_database(const std::string& name) {
  auto conninfo = PrivatePostgres::instance().new_database(name);
  const auto report = migrate(conninfo);
  INFO(report.message);
  REQUIRE(report.ok());
  return conninfo;
}

inline Timestamp at(std::string_view text) {
  const auto time = parse_rfc3339(text);
  REQUIRE(time);
  return *time;
}

inline Params make_days(std::string_view first, std::string_view last) {
  return params_of(at(first), at(last));
}

}  // namespace epicura::pg
