#include "schema/error.hpp"

#include <array>

namespace epicura {

const ErrorFacts& facts(Errc code) {
  using log::Level;
  static constexpr std::array all{
      ErrorFacts{Errc::bad_request, 400, "bad_request", "The request cannot be read", Level::debug},
      ErrorFacts{Errc::validation, 422, "validation", "A field is not valid", Level::debug},
      ErrorFacts{Errc::unauthorized, 401, "unauthorized", "Sign in first", Level::info},
      ErrorFacts{Errc::forbidden, 403, "forbidden", "Not allowed", Level::info},
      ErrorFacts{Errc::registration_closed, 403, "registration_closed", "Devices cannot register here", Level::info},
      ErrorFacts{Errc::not_found, 404, "not_found", "Not found", Level::debug},
      ErrorFacts{Errc::method_not_allowed, 405, "method_not_allowed", "Method not allowed", Level::debug},
      ErrorFacts{Errc::request_timeout, 408, "request_timeout", "The request came too slowly", Level::debug},
      ErrorFacts{Errc::device_known, 409, "device_known", "The device is registered already", Level::info},
      ErrorFacts{Errc::length_required, 411, "length_required", "A Content-Length is needed", Level::debug},
      ErrorFacts{Errc::payload_too_large, 413, "payload_too_large", "The body is too large", Level::info},
      ErrorFacts{Errc::uri_too_long, 414, "uri_too_long", "The request line is too long", Level::info},
      ErrorFacts{Errc::expectation_failed, 417, "expectation_failed", "Only 100-continue may be expected",
                 Level::debug},
      ErrorFacts{Errc::headers_too_large, 431, "headers_too_large", "The header fields are too large", Level::info},
      ErrorFacts{Errc::overloaded, 503, "overloaded", "Too much is going on", Level::warning},
      ErrorFacts{Errc::storage_full, 503, "storage_full", "Readings cannot be kept now", Level::warning},
      ErrorFacts{Errc::dependency_away, 503, "dependency_away", "A part of the service is away", Level::warning},
      ErrorFacts{Errc::deadline, 504, "deadline", "The answer took too long", Level::warning},
      ErrorFacts{Errc::internal, 500, "internal", "Something went wrong here", Level::error},
  };
  static_assert(all.size() == static_cast<std::size_t>(Errc::internal) + 1);
  return all[static_cast<std::size_t>(code)];
}

}  // namespace epicura
