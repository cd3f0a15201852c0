#pragma once
// UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.

#include <cstddef>
#include <optional>
#include <string_view>

namespace epicura {

// Takes the first code point from the front of `text`, which must not be empty. Absent: what stands there is not UTF-8.
std::optional<char32_t> take_code_point(std::string_view& text);

bool is_utf8(std::string_view text);

// Absent where it is not UTF-8. A letter and its combining accent are two.
std::optional<std::size_t> count_code_points(std::string_view text);

}  // namespace epicura
