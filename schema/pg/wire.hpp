#pragma once
// PostgreSQL's binary formats: big-endian numbers, times as microseconds since 2000-01-01 UTC, and type numbers that
// are fixed in its catalog.

#include <bit>
#include <cstdint>

#include "schema/time.hpp"

namespace epicura::pg::wire {

inline constexpr std::uint32_t oid_int8 = 20;
inline constexpr std::uint32_t oid_text = 25;
inline constexpr std::uint32_t oid_float8 = 701;
inline constexpr std::uint32_t oid_timestamptz = 1184;
inline constexpr std::uint32_t oid_uuid = 2950;

static_assert(std::endian::native == std::endian::little, "the byte order below is swapped unconditionally");
inline std::uint32_t swapped(std::uint32_t value) {
  return __builtin_bswap32(value);
}
inline std::uint64_t swapped(std::uint64_t value) {
  return __builtin_bswap64(value);
}

inline constexpr Millis epoch{946'684'800'000};  // 2000-01-01 since 1970-01-01

// What is beyond the server's times (years -4713 to 294276) becomes a number that it refuses (22008) and never one of
// the two outermost, which it reads as `infinity`.
inline std::int64_t microseconds(Timestamp time) {
  constexpr Timestamp beyond = Timestamp{epoch} + Millis{9'223'371'400'000'000};
  constexpr Timestamp before = Timestamp{epoch} - Millis{9'223'371'400'000'000};
  if (time > beyond) time = beyond;
  if (time < before) time = before;
  return (time.time_since_epoch() - epoch).count() * 1000;
}

// Always among the server's times: JetStream counts nanoseconds in 64 bits.
inline std::int64_t microseconds(StoredTime time) {
  return (time.time_since_epoch() - epoch).count();
}

inline StoredTime stored_time(std::int64_t microseconds) {
  return StoredTime{std::chrono::microseconds{microseconds} + epoch};
}

inline Timestamp timestamp(std::int64_t microseconds) {
  return Timestamp{std::chrono::floor<Millis>(std::chrono::microseconds{microseconds}) + epoch};
}

}  // namespace epicura::pg::wire
