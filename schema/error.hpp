#pragma once
// Every way in which something can go wrong that a caller is told of: one enumeration, and one table that says what
// each means outside (HTTP status, problem code) and how loud it is in the log.

#include <string>
#include <string_view>
#include <variant>

#include "schema/observe/log.hpp"

namespace epicura {

enum class Errc {
  bad_request,        // the request line, a query or a path cannot be read
  validation,         // a field is missing, unknown, of a wrong type or out of bounds
  unauthorized,       // no or no valid credentials
  wrong_credentials,  // no account has this address and this password
  mfa_required,       // the password was right, a code is needed as well
  wrong_code,         // of the second factor
  session_ended,      // the refresh token is not, or no longer, good for anything
  forbidden,          // visible, but not allowed
  account_disabled,
  email_unverified,           // not before the e-mail address is verified
  account_deleted,            // by its owner, who can take that back for a while
  reauthentication_required,  // signed in too long ago for this
  mfa_enrollment_required,    // an admin without a second factor
  registration_closed,        // devices cannot register without a factory proof here
  not_found,                  // absent, or not visible to the caller
  upload_not_valid,           // an upload's URL: none of ours, or its time is over
  method_not_allowed,
  request_timeout,  // the request did not come whole in time
  email_taken,
  mfa_enabled,          // the second factor is on already
  mfa_not_begun,        // a code for a second factor that was never set up
  too_many_keys,        // of one user
  in_progress,          // of an Idempotency-Key: the first request is at work
  key_reused,           // the same, with another request
  already_done,         // the same: done, and the answer is not kept
  device_known,         // registered before, and no proof given
  own_account,          // an admin cannot do this to themselves
  job_not_failed,       // done, or at work
  not_replayable,       // of a dead letter: it is not whole, or not of a kind that can be sent again
  upload_used,          // something was put there before
  nothing_uploaded,     // nothing was put there yet
  length_required,      // a body of unknown length
  precondition_failed,  // If-Match: it has changed meanwhile
  payload_too_large,
  uri_too_long,
  unsupported_media_type,  // a body of another type than was said
  expectation_failed,      // Expect: something else than 100-continue
  link_not_valid,          // a mail's: used, too old, or none of ours
  image_refused,           // it cannot be decoded, or may not be
  too_many_tries,          // at codes, or for mails
  too_many_uploads,        // of one user
  quota,                   // too often
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
