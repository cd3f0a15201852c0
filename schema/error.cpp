#include "schema/error.hpp"

#include <array>

namespace epicura {

const ErrorFacts& facts(Errc code) {
  using log::Level;
  static constexpr std::array all{
      ErrorFacts{Errc::bad_request, 400, "bad_request", "The request cannot be read", Level::debug},
      ErrorFacts{Errc::validation, 422, "validation", "A field is not valid", Level::debug},
      ErrorFacts{Errc::unauthorized, 401, "unauthorized", "Sign in first", Level::info},
      ErrorFacts{Errc::wrong_credentials, 401, "wrong_credentials", "Wrong e-mail or password", Level::info},
      ErrorFacts{Errc::mfa_required, 401, "mfa_required", "A code is needed", Level::info},
      ErrorFacts{Errc::wrong_code, 401, "wrong_code", "Wrong code", Level::info},
      ErrorFacts{Errc::session_ended, 401, "session_ended", "Sign in again", Level::info},
      ErrorFacts{Errc::forbidden, 403, "forbidden", "Not allowed", Level::info},
      ErrorFacts{Errc::account_disabled, 403, "account_disabled", "The account is disabled", Level::info},
      ErrorFacts{Errc::email_unverified, 403, "email_unverified", "Verify the e-mail address first", Level::info},
      ErrorFacts{Errc::account_deleted, 403, "account_deleted", "The account is deleted", Level::info},
      ErrorFacts{Errc::reauthentication_required, 403, "reauthentication_required", "Prove who you are once more",
                 Level::info},
      ErrorFacts{Errc::mfa_enrollment_required, 403, "mfa_enrollment_required", "Sign in with a second factor",
                 Level::info},
      ErrorFacts{Errc::registration_closed, 403, "registration_closed", "Devices cannot register here", Level::info},
      ErrorFacts{Errc::not_found, 404, "not_found", "Not found", Level::debug},
      ErrorFacts{Errc::upload_not_valid, 404, "upload_not_valid", "The upload is not valid any more", Level::info},
      ErrorFacts{Errc::method_not_allowed, 405, "method_not_allowed", "Method not allowed", Level::debug},
      ErrorFacts{Errc::request_timeout, 408, "request_timeout", "The request came too slowly", Level::debug},
      ErrorFacts{Errc::email_taken, 409, "email_taken", "The e-mail address is taken", Level::info},
      ErrorFacts{Errc::mfa_enabled, 409, "mfa_enabled", "The second factor is on", Level::info},
      ErrorFacts{Errc::mfa_not_begun, 409, "mfa_not_begun", "Ask for a secret first", Level::info},
      ErrorFacts{Errc::too_many_keys, 409, "too_many_keys", "There are enough API keys", Level::info},
      ErrorFacts{Errc::in_progress, 409, "in_progress", "The same request is at work", Level::info},
      ErrorFacts{Errc::key_reused, 409, "key_reused", "The Idempotency-Key belongs to another request", Level::info},
      ErrorFacts{Errc::already_done, 409, "already_done", "It was done before", Level::info},
      ErrorFacts{Errc::device_known, 409, "device_known", "The device is registered already", Level::info},
      ErrorFacts{Errc::own_account, 409, "own_account", "Not to one's own account", Level::info},
      ErrorFacts{Errc::job_not_failed, 409, "job_not_failed", "The job has not failed", Level::info},
      ErrorFacts{Errc::not_replayable, 409, "not_replayable", "The dead letter cannot be replayed", Level::info},
      ErrorFacts{Errc::upload_used, 409, "upload_used", "The upload was used before", Level::info},
      ErrorFacts{Errc::nothing_uploaded, 409, "nothing_uploaded", "Nothing was uploaded yet", Level::info},
      ErrorFacts{Errc::length_required, 411, "length_required", "A Content-Length is needed", Level::debug},
      ErrorFacts{Errc::precondition_failed, 412, "precondition_failed", "It has changed meanwhile", Level::debug},
      ErrorFacts{Errc::payload_too_large, 413, "payload_too_large", "The body is too large", Level::info},
      ErrorFacts{Errc::uri_too_long, 414, "uri_too_long", "The request line is too long", Level::info},
      ErrorFacts{Errc::unsupported_media_type, 415, "unsupported_media_type", "The body is of another type",
                 Level::debug},
      ErrorFacts{Errc::expectation_failed, 417, "expectation_failed", "Only 100-continue may be expected",
                 Level::debug},
      ErrorFacts{Errc::link_not_valid, 422, "link_not_valid", "The link is not valid any more", Level::info},
      ErrorFacts{Errc::image_refused, 422, "image_refused", "The image cannot be taken", Level::info},
      ErrorFacts{Errc::too_many_tries, 429, "too_many_tries", "Too many tries", Level::info},
      ErrorFacts{Errc::too_many_uploads, 429, "too_many_uploads", "Too many uploads", Level::info},
      ErrorFacts{Errc::quota, 429, "quota", "Too many requests", Level::info},
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
