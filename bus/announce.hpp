#pragma once
// To whoever listens at this moment: core NATS, not stored, not answered.

#include <string_view>

#include "bus/connection.hpp"

namespace epicura::bus {

// False: it was not handed to the library. Any thread.
bool announce(Connection& connection, const char* subject, std::string_view payload);

}  // namespace epicura::bus
