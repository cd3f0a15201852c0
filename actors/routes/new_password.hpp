#pragma once

#include <optional>
#include <string_view>

#include "http/message.hpp"

namespace epicura::routes {

// What is wrong with a password that somebody chooses, as a fault of that field.
std::optional<http::FieldError> fault_of_password(std::string_view pointer, std::string_view password);

}  // namespace epicura::routes
