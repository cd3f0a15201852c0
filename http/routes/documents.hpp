#pragma once
// What clients' tools and load balancers ask of the API.

#include "http/route.hpp"

namespace epicura::http {

inline constexpr std::array docs_file_in_path{
    Parameter{.name = "file", .description = "a file of the page", .example = "page.js"},
};
inline constexpr std::array no_document{Errc::not_found};

// The same at both ports.
inline constexpr Route health_route{.method = Method::get,
                                    .path = "/health",
                                    .operation = Operation::get_health,
                                    .name = "getHealth",
                                    .access = Access::anyone,
                                    .success = {{{200, "The process lives.", "Health"}}},
                                    .tag = "operations",
                                    .summary = "Alive",
                                    .who = "anyone"};

inline constexpr std::array document_routes{
    health_route,
    Route{.method = Method::get,
          .path = "/ready",
          .operation = Operation::get_ready,
          .name = "getReady",
          .access = Access::anyone,
          .success = {{{200, "Everything can be done.", "Readiness"},
                       {503, "Something cannot be done now.", "Readiness"}}},
          .tag = "operations",
          .summary = "Able to do everything",
          .who = "anyone"},
    Route{.method = Method::get,
          .path = "/openapi.json",
          .operation = Operation::get_openapi,
          .name = "getOpenApi",
          .access = Access::anyone,
          .success = {{{200, "An OpenAPI 3.1 document."}, {304, "It is still the one with that ETag."}}},
          .tag = "operations",
          .summary = "The OpenAPI document of this API",
          .who = "anyone"},
    Route{.method = Method::get,
          .path = "/docs",
          .operation = Operation::get_docs,
          .name = "getDocs",
          .access = Access::anyone,
          .success = {{{200, "A page for people.", {}, "text/html"}, {304, "It is still the one with that ETag."}}},
          .problems = no_document,
          .tag = "operations",
          .summary = "A page that shows it, to try things out",
          .who = "anyone"},
    Route{.method = Method::get,
          .path = "/docs/{file}",
          .operation = Operation::get_docs_file,
          .name = "getDocsFile",
          .access = Access::anyone,
          .in_path = docs_file_in_path,
          .success = {{{200, "The file.", {}, "*/*"}, {304, "It is still the one with that ETag."}}},
          .problems = no_document,
          .tag = "operations",
          .summary = "A file of such a page",
          .who = "anyone"},
    Route{.method = Method::get,
          .path = "/account",
          .operation = Operation::get_account_page,
          .name = "getAccountPage",
          .access = Access::anyone,
          .success = {{{200, "A page for people.", {}, "text/html"}, {304, "It is still the one with that ETag."}}},
          .tag = "operations",
          .summary = "The page that links in mails open",
          .who = "anyone"},
};

}  // namespace epicura::http
