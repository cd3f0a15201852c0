#pragma once
// The formats of texts that the schemas use: "uuid", "email", "date-time" (RFC 3339), and three of our own: "metric",
// "language" (a tag of RFC 5646), and "line", a text without control characters. Patterns are for readers of the
// document alone: the standard library's regular expressions recurse with the text's length.

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace epicura::http {

bool is_format(std::string_view format);
bool has_format(std::string_view format, std::string_view text);  // an unknown format has every text

// The stable code of the error: "bad_time", "bad_metric", else "bad_value".
std::string_view code_of_format(std::string_view format);

// What a value of this schema is, for people: "a text of 1 to 64 characters", "a UUID", "a whole number from 1 to 100".
std::string expected(const nlohmann::ordered_json& schema);

}  // namespace epicura::http
