#pragma once
// What a request's messages on the bus say of the request, for those who follow it through every service.

#include <string>
#include <utility>
#include <vector>

#include "http/message.hpp"

namespace epicura {

// Where the client has sent a traceparent: one of the same trace whose parent is this request (the last 16 digits of
// its id), and the request's id. Else none: what is not traced costs nothing.
std::vector<std::pair<std::string, std::string>> trace_headers(const http::Request& request);

}  // namespace epicura
