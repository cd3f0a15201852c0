#pragma once
// The request target, decoded once: a path without surprises and the query's pairs. Pure.

#include <string>
#include <string_view>

#include "http/message.hpp"
#include "http/route_table.hpp"
#include "schema/error.hpp"

namespace epicura::http {

// The two halves of an origin-form or absolute-form target, still encoded. The path begins with '/'.
struct SplitTarget {
  std::string_view path;
  std::string_view query;
};
Result<SplitTarget> split_target(std::string_view target);

// Refused: %2f, %5c, %00 and other control characters, backslashes, segments "." and "..", bad escapes, what is not
// UTF-8. Rights hang on the matched route, so no spelling may mean two things.
Result<std::string> decode_path(std::string_view path);

// '+' is a space. Refused: bad escapes, NUL, what is not UTF-8, a key twice unless the route repeats it (weekStart and
// week_start are one key), more than 128 pairs. Keys that the route does not know are left out of `query` and described
// in `errors`; so are values that are not of their parameter's type. Keys and values are in their one spelling.
struct ReadQuery {
  Pairs query;
  std::vector<FieldError> errors;
};
Result<ReadQuery> read_query(std::string_view query, const Route& route);

}  // namespace epicura::http
