#pragma once
// How large one message may be: what the server said when it took the connection.

#include <cstddef>

#include "bus/store.hpp"

namespace epicura::bus {

// Bytes of headers and payload together; before the first connection nothing is known, and the largest number is given.
// Any thread.
std::size_t max_payload(const Connection& connection);

// The same of one message, as the server counts them.
std::size_t size_of(const Outgoing& message);

}  // namespace epicura::bus
