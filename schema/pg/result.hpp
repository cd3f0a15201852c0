#pragma once
// What one statement gave back. Cheap to copy; any thread may read it and keep it.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "schema/time.hpp"
#include "schema/uuid.hpp"

struct pg_result;

namespace epicura::pg {

// Columns are numbered from 0 in the order of the statement's list. Reading a column as what it is not (its length is
// checked), or a null without asking for it, is a fault of the program: std::logic_error. Text views live as long as
// any copy of these Rows.
class Rows {
 public:
  explicit Rows(pg_result* owned);

  int size() const;
  std::int64_t affected() const;  // rows inserted, updated, deleted or selected

  bool is_null(int row, int column) const;
  std::string_view text(int row, int column) const;
  Uuid uuid(int row, int column) const;
  Timestamp timestamp(int row, int column) const;  // cut to the millisecond
  StoredTime stored_time(int row, int column) const;
  std::int64_t int8(int row, int column) const;
  double float8(int row, int column) const;
  bool boolean(int row, int column) const;

  std::optional<std::string_view> text_or_null(int row, int column) const;
  std::optional<Uuid> uuid_or_null(int row, int column) const;
  std::optional<Timestamp> timestamp_or_null(int row, int column) const;

 private:
  const char* fixed(int row, int column, int length) const;

  std::shared_ptr<pg_result> result_;
};

}  // namespace epicura::pg
