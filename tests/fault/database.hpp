#pragma once
// One connection of the test's own to PostgreSQL. Throws std::runtime_error with the server's words.

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <vector>

namespace epicura::tests {

using TextRows = std::vector<std::vector<std::string>>;  // null: empty

class Database {
 public:
  explicit Database(const std::string& url);

  TextRows rows(const std::string& sql, const std::vector<std::string>& parameters = {});
  std::string value(const std::string& sql, const std::vector<std::string>& parameters = {});  // of the one row
  void copy_in(const std::string& table, const std::string& text);                             // COPY's text format

 private:
  std::unique_ptr<PGconn, void (*)(PGconn*)> link_;
};

}  // namespace epicura::tests
