#pragma once
// A line's own part in either form: as JSON its fields, without the braces; as text a sentence. What stands before it
// is the time and the level.

#include <string>
#include <string_view>

#include "schema/observe/log.hpp"

namespace epicura::log {

void append_line(std::string& out, Form form, std::string_view room, std::string_view message);
void append_line(std::string& out, Form form, const Access& request);

}  // namespace epicura::log
