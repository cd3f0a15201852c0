#include "schema/uuid.hpp"

#include <chrono>
#include <cstring>
#include <random>

namespace epicura {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool is_dash_place(std::size_t place) {
  return place == 8 || place == 13 || place == 18 || place == 23;
}

}  // namespace

std::string Uuid::str() const {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out(36, '-');
  std::size_t place = 0;
  for (const auto byte : bytes) {
    if (is_dash_place(place)) ++place;
    out[place++] = digits[byte >> 4];
    out[place++] = digits[byte & 15];
  }
  return out;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid id;
  std::size_t place = 0;
  for (auto& byte : id.bytes) {
    if (is_dash_place(place) && text[place++] != '-') return std::nullopt;
    const int high = hex_value(text[place]);
    const int low = hex_value(text[place + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    byte = static_cast<std::uint8_t>(high << 4 | low);
    place += 2;
  }
  return id;
}

Uuid Uuid::v7() {
  thread_local std::mt19937_64 random{[] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device()};
    return std::mt19937_64{seed};
  }()};
  thread_local std::uint64_t last = 0;
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  auto ms = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count());
  // The 12 bits behind the version count within a millisecond (RFC 9562, section 6.2, method 1).
  std::uint64_t stamp = ms << 12;
  if (stamp <= last) stamp = last + 1;
  last = stamp;
  ms = stamp >> 12;
  const std::uint64_t tail = random();
  Uuid id;
  for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  id.bytes[6] = static_cast<std::uint8_t>(0x70 | ((stamp >> 8) & 0x0f));
  id.bytes[7] = static_cast<std::uint8_t>(stamp);
  for (std::size_t i = 0; i < 8; ++i) id.bytes[8 + i] = static_cast<std::uint8_t>(tail >> (56 - 8 * i));
  id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3f));
  return id;
}

}  // namespace epicura

// Version 7 ids share their first bits: the halves are mixed (splitmix64's finalizer). No defence against ids that are
// chosen to collide.
std::size_t std::hash<epicura::Uuid>::operator()(const epicura::Uuid& id) const noexcept {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, id.bytes.data(), 8);
  std::memcpy(&low, id.bytes.data() + 8, 8);
  std::uint64_t x = high ^ (low * 0x9e3779b97f4a7c15ULL);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}
