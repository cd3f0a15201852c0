#pragma once
// What a request says, checked in one place before its handler is called.

#include <string_view>
#include <vector>

#include "actors/request.hpp"
#include "schema/bounded_json.hpp"

namespace epicura {

// A JSON object; otherwise an error that says why not.
Json read_object(std::string_view text, std::vector<http::FieldError>& errors);

// The last check: the query, and the body against its route's schema. The body is then at `call.body()`. False: the
// request has been answered.
bool check_input(Call& call);

}  // namespace epicura
