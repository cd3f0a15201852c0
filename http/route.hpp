#pragma once
// One row of the route table: method, path, operation, who may, what comes in and what goes out. Routing, checks,
// documents and tests come from it.

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "http/message.hpp"
#include "http/parameter.hpp"
#include "schema/error.hpp"
#include "schema/scope.hpp"

namespace epicura::http {

// What a handler switches on.
enum class Operation {
  get_health,
  get_ready,
  get_dependencies,
  get_metrics,
  get_twin,
  get_openapi,
  get_docs,
  get_docs_file,
  get_account_page,
  register_user,
  log_in,
  refresh,
  log_out,
  log_out_everywhere,
  get_me,
  finish_log_in,
  reauthenticate,
  forgot_password,
  reset_password,
  verify_email,
  change_password,
  change_email,
  list_auth_sessions,
  end_other_auth_sessions,
  end_auth_session,
  get_user,
  change_user,
  list_cook_sessions,
  export_user,
  delete_user,
  restore_user,
  request_avatar_upload,
  confirm_avatar,
  remove_avatar,
  put_upload,
  get_media,
  get_mfa,
  set_mfa,
  remove_mfa,
  list_api_keys,
  create_api_key,
  revoke_api_key,
  register_device,
  get_device,
  post_telemetry,
  get_telemetry,
  list_users,
  administer_user,
  end_user_sessions,
  list_audit_log,
  list_jobs,
  retry_job,
  list_dead_letters,
  replay_dead_letter,
};

enum class Access {
  anyone,
  person,     // a user or an admin with a valid access token
  admin,      // an admin; but in development, one who has signed in with a second factor
  signed_in,  // a person or a device with a valid token
  device,     // the device of the path, with its own token
};

// What a request counts against, if that is limited at all.
enum class Counts {
  nothing,
  user,  // requests of the person who asks; of a device its readings are counted instead
  auth,  // requests of signing in and out that need no access token, by network
};

// What {id} of a path names, where that has to be visible to the caller before anything else is looked at.
enum class Object {
  none,    // nothing, or what the handler's statement looks for among the caller's own
  device,  // to an admin any, to a device itself, to a person those that they own or that are shared with them
};

// Who holds a body against its schema.
enum class BodyCheck {
  generic,  // the request actor, before the handler is called
  handler,  // the handler's own codec, which gives a reason for each of its parts; the schema documents it
};

// Whether a client may send it again with the same Idempotency-Key (actors/idempotency.hpp).
enum class Idempotency {
  none,           // the field is not looked at
  answer_kept,    // it gets the first answer again
  answer_secret,  // it is told that it was done: the answer holds what is shown once
};

// An answer that is no problem document.
struct Success {
  int status = 0;  // 0: none
  std::string_view description = {};
  std::string_view schema = {};  // of http/schemas; empty: no JSON
  std::string_view content_type = "application/json";
};

struct Route {
  Method method = Method::get;
  std::string_view path;  // segments in braces are parameters: "/devices/{id}/telemetry"
  Operation operation = Operation::get_health;
  std::string_view name;  // of the operation, for logs and documents: "getDevice"
  Access access = Access::anyone;
  Counts counts = Counts::nothing;
  Object object = Object::none;
  std::optional<Scope> scope = {};  // with it an API key may what its user may; none: it is not for API keys
  bool fresh = false;               // a person must have proved who they are within the last 10 minutes
  bool verified = false;            // a person's e-mail address must be verified
  Idempotency idempotency = Idempotency::none;
  std::span<const Parameter> query = {};
  std::span<const Parameter> in_path = {};
  std::string_view body = {};  // its schema; empty: none is taken. The schema says whether unknown fields are refused.
  BodyCheck body_check = BodyCheck::generic;
  bool body_optional = false;
  std::span<const std::string_view> body_types = {};  // of one that is no JSON: the handler looks which it is
  std::string_view optional_token = {};  // where anyone may: a token that is looked at if there is one (bearer, device)
  std::size_t max_body = 4096;           // bytes; routes that take no body ignore a small one
  std::array<Success, 2> success = {};
  std::span<const Errc> problems = {};  // beside those that every route with such access and input has
  std::string_view tag = {};
  std::string_view summary = {};  // one line
  std::string_view who = {};      // may do it, for people
};

using RouteTable = std::span<const Route>;

}  // namespace epicura::http
