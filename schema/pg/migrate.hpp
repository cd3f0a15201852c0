#pragma once
// Brings a database to the schema of this program: numbered steps, forward only, each in a transaction of its own,
// one process at a time.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "schema/pg/outcome.hpp"

namespace epicura::pg {

struct Migration {
  int number;
  const char* name;
  const char* sql;  // one or more statements without transaction control, safe while the previous version runs
};

// schema/migrations/NNNN_name.sql in the order of their numbers (written at build time by
// schema/migrations/embed.cmake).
std::span<const Migration> migrations();

struct MigrationReport {
  std::vector<std::string> applied;  // by this call: "0002 devices"
  int version = 0;                   // the highest number that the database has now
  // away: no connection, or lost; timeout: another process migrates, or holds a table (try again); refused: a step
  // failed and was undone, a recorded step was changed since, or the database is newer than this program.
  std::optional<Failure> failure;
  std::string message;  // one sentence for the operator

  bool ok() const { return !failure; }
};

// Blocks the calling thread. What was done is recorded in schema_migrations (number, name, checksum, applied_at).
MigrationReport migrate(const std::string& conninfo, std::span<const Migration> wanted = migrations());

}  // namespace epicura::pg
