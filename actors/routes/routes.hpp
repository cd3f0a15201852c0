#pragma once
// The handlers, one for each operation of the route table.

#include "actors/request.hpp"

namespace epicura::routes {

// operations.cpp
void get_health(Call& call);
void get_ready(Call& call);
void get_dependencies(Call& call);  // ready or not, and which parts are
void get_metrics(Call& call);
void get_twin(Call& call);

// documents.cpp
void get_openapi(Call& call);
void get_docs(Call& call);
void get_docs_file(Call& call);

// devices.cpp
void register_device(Call& call);
void get_device(Call& call);

// telemetry.cpp
void post_telemetry(Call& call);
void get_telemetry(Call& call);

}  // namespace epicura::routes
