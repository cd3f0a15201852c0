#pragma once
// The route table as documents.

#include <string>
#include <string_view>

#include "http/route.hpp"

namespace epicura::http {

class Schemas;

// An OpenAPI 3.1 document in JSON: every route of the table once, with its parameters, bodies, answers, problems and
// examples. Same table, same bytes.
std::string openapi_document(RouteTable table, const Schemas& schemas);

// The same table for the README, in Markdown, a row each.
std::string route_index(RouteTable table);

}  // namespace epicura::http
