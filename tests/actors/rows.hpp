#pragma once
// What PostgreSQL would have answered, made by hand: one row of columns in its binary format.

#include <libpq-fe.h>

#include <string>
#include <vector>

#include "schema/pg/outcome.hpp"

namespace epicura::tests {

inline pg::Rows one_row(const std::vector<std::string>& columns) {
  PGresult* result = PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK);
  std::vector<PGresAttDesc> attributes(columns.size());
  std::string name = "column";
  for (auto& attribute : attributes) {
    attribute = {};
    attribute.name = name.data();
    attribute.format = 1;
  }
  PQsetResultAttrs(result, static_cast<int>(attributes.size()), attributes.data());
  for (std::size_t column = 0; column < columns.size(); ++column) {
    auto value = columns[column];
    PQsetvalue(result, 0, static_cast<int>(column), value.data(), static_cast<int>(value.size()));
  }
  return pg::Rows(result);
}

inline std::string binary(bool value) {
  return {value ? '\1' : '\0'};
}
inline std::string binary(std::int64_t value) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

inline pg::Outcome answered(pg::Rows rows) {
  pg::Outcome outcome;
  outcome.results.push_back(std::move(rows));
  return outcome;
}

inline pg::Outcome failed(pg::Failure failure, std::string sqlstate = "") {
  pg::Outcome outcome;
  outcome.failure = failure;
  outcome.sqlstate = std::move(sqlstate);
  return outcome;
}

}  // namespace epicura::tests
