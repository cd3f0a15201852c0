#pragma once
// Ids. Read in any case, written lower-case; new ones are version 7 (RFC 9562: 48 bits of Unix milliseconds first).

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace epicura {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  // clang-tidy 14 takes the generated comparison with 0 for a null pointer.
  auto operator<=>(const Uuid&) const = default;            // NOLINT(modernize-use-nullptr)
  std::string str() const;                                  // 36 characters, lower-case
  static std::optional<Uuid> parse(std::string_view text);  // exactly 8-4-4-4-12 hexadecimal digits
  static Uuid v7();                                         // any thread; grows within a thread
};

}  // namespace epicura

template <>
struct std::hash<epicura::Uuid> {
  std::size_t operator()(const epicura::Uuid& id) const noexcept;
};
