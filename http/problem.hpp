#pragma once
// Errors as the caller sees them: RFC 9457 problem documents, made from the one table of errors.

#include <span>
#include <string_view>

#include "http/message.hpp"
#include "schema/error.hpp"

namespace epicura::http {

// {type, title, status, detail, instance (the request id), code, errors?: [{pointer, code, detail}]}
// Adds Retry-After (s) to 429 and 503 and WWW-Authenticate to 401 unless `headers` has them; 405 needs its Allow from
// the caller. The detail of Errc::internal is never shown.
Response problem(const Error& error, std::string_view request_id, Pairs headers = {});
Response problem(const Error& error, std::string_view request_id, std::span<const FieldError> errors,
                 Pairs headers = {});

// 422 with its list.
Response validation_problem(std::span<const FieldError> errors, std::string_view request_id);

}  // namespace epicura::http
