#include "schema/pg/result.hpp"

#include <charconv>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "schema/pg/wire.hpp"

namespace epicura::pg {

namespace {

std::uint64_t number(const char* bytes) {
  std::uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  return wire::swapped(value);
}

}  // namespace

Rows::Rows(pg_result* owned) : result_(owned, PQclear) {}

int Rows::size() const {
  return PQntuples(result_.get());
}

std::int64_t Rows::affected() const {
  const std::string_view text = PQcmdTuples(result_.get());
  std::int64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

bool Rows::is_null(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) != 0;
}

// A null and a place outside the table have length 0, so that they are refused here too.
const char* Rows::fixed(int row, int column, int length) const {
  if (row < 0 || row >= size() || column < 0 || column >= PQnfields(result_.get()) ||
      PQgetlength(result_.get(), row, column) != length) {
    throw std::logic_error(fmt::format("row {} column {} is null, absent or not {} bytes long", row, column, length));
  }
  return PQgetvalue(result_.get(), row, column);
}

std::string_view Rows::text(int row, int column) const {
  if (is_null(row, column)) throw std::logic_error(fmt::format("row {} column {} is null or absent", row, column));
  return {PQgetvalue(result_.get(), row, column), static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

Uuid Rows::uuid(int row, int column) const {
  Uuid id;
  std::memcpy(id.bytes.data(), fixed(row, column, 16), id.bytes.size());
  return id;
}

StoredTime Rows::stored_time(int row, int column) const {
  return wire::stored_time(int8(row, column));
}
Timestamp Rows::timestamp(int row, int column) const {
  return wire::timestamp(int8(row, column));
}

std::int64_t Rows::int8(int row, int column) const {
  return static_cast<std::int64_t>(number(fixed(row, column, 8)));
}

double Rows::float8(int row, int column) const {
  return std::bit_cast<double>(number(fixed(row, column, 8)));
}

bool Rows::boolean(int row, int column) const {
  return *fixed(row, column, 1) != 0;
}

std::optional<std::string_view> Rows::text_or_null(int row, int column) const {
  return is_null(row, column) ? std::nullopt : std::optional(text(row, column));
}

std::optional<Uuid> Rows::uuid_or_null(int row, int column) const {
  return is_null(row, column) ? std::nullopt : std::optional(uuid(row, column));
}

std::optional<Timestamp> Rows::timestamp_or_null(int row, int column) const {
  return is_null(row, column) ? std::nullopt : std::optional(timestamp(row, column));
}

}  // namespace epicura::pg
