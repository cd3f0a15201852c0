#pragma once
// A PostgreSQL server of the tests' own, on a free loopback port, with its data under /var/tmp until the program ends.
// As root it runs as the user `postgres`. One for the whole program, started at the first use; each test takes a
// database of its own.

#include <sys/types.h>

#include <string>

#include "schema/pg/result.hpp"

namespace epicura::pg {

class PrivatePostgres {
 public:
  static PrivatePostgres& instance();
  ~PrivatePostgres();

  std::string new_database(const std::string& name);  // its conninfo; migrated databases are the test's own affair
  std::string conninfo(const std::string& database) const;
  int port() const { return port_; }
  pid_t pid() const { return pid_; }  // the postmaster's

  void kill();   // SIGKILL to the postmaster; its backends find out by themselves
  void start();  // waits until it answers; also over the remains of a killed one

 private:
  PrivatePostgres();

  std::string directory_;
  int port_ = 0;
  pid_t pid_ = -1;
};

// One statement or several over a blocking connection of its own; throws std::runtime_error with the server's words.
// The last one's rows, all as text.
Rows run_sql(const std::string& conninfo, const std::string& sql);

}  // namespace epicura::pg
