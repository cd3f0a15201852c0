#pragma once
// Every way in which something can go wrong that a caller is told of: one enumeration, and one table that says what
// each means outside (HTTP status, problem code) and how loud it is in the log.

#include <string>
#include <string_view>
#include <variant>

#include "schema/observe/log.hpp"

namespace epicura {

enum class Errc {
  bad_request,          // the request line, a query or a path cannot be read
  validation,           // a field is missing, unknown, of a wrong type or out of bounds
  unauthorized,         // no or no valid credentials
  forbidden,            // visible, but not allowed
  registration_closed,  // devices cannot register without a factory proof here
  not_found,            // absent, or not visible to the caller
  method_not_allowed,
  request_timeout,  // the request did not come whole in time
  device_known,     // registered before, and no proof given
  length_required,  // a body of unknown length
  payload_too_large,
  uri_too_long,
  expectation_failed,  // Expect: something else than 100-continue
  headers_too_large,
  overloaded,       // too many requests in flight
  storage_full,     // the durable queue of readings is near its limit
  dependency_away,  // PostgreSQL or NATS does not answer
  deadline,         // the request's own time limit
  internal,
};

struct ErrorFacts {
  Errc code;
  int http_status;
  std::string_view name;   // `code` of the problem document
  std::string_view title;  // `title` of the problem document
  log::Level level;
};

const ErrorFacts& facts(Errc code);

struct Error {
  Errc code = Errc::internal;
  std::string detail;  // for people; never an exception's text when the status is 5xx
};

// A value or the error that took its place.
template <class T>
class Result {
 public:
  Result(T value) : held_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : held_(std::move(error)) {}  // NOLINT(google-explicit-constructor)
  explicit operator bool() const { return held_.index() == 0; }
  T& operator*() { return std::get<0>(held_); }
  const T& operator*() const { return std::get<0>(held_); }
  T* operator->() { return &std::get<0>(held_); }
  const T* operator->() const { return &std::get<0>(held_); }
  const Error& error() const { return std::get<1>(held_); }

 private:
  std::variant<T, Error> held_;
};

}  // namespace epicura
