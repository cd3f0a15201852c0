#pragma once
// What the routes of accounts have in common: a user as the API shows it, the session that a log-in begins, the pair of
// tokens of a session, and when an answer is given that must not say why.

#include "actors/request.hpp"
#include "schema/json_text.hpp"

namespace epicura::routes {

// Who asks, on a route that is for people alone.
inline const AccessToken& person_of(const Call& call) {
  return std::get<AccessToken>(call.principal());
}

// The user whose columns (account_words.hpp) stand in `row` from `first` on.
void add_user(JsonText& out, const Media& media, const pg::Rows& rows, int row, int first);
std::string user_json(const Media& media, const pg::Rows& rows, int first = 0);  // of row 0

struct Session {
  Uuid family;
  std::string refresh_token;
  std::int64_t left_s = 0;     // until the family ends, if the refresh token is not used
  Timestamp authenticated_at;  // when the password was proved
  bool second_factor = false;  // and a code
};

// A session that begins now, with the token that is issued for it.
Session new_session(const Call& call, RefreshTokens::Issued token, const Uuid& family, bool second_factor);
// The parameters of a statement that begins it: the user, the proved hash, and what the family's row needs.
pg::Params family_params(const Call& call, const Uuid& user, std::string_view proved_hash,
                         const RefreshTokens::Issued& token, const Uuid& family);
// As the client calls itself: at most 200 characters, those that can be shown.
std::string user_agent_of(const http::Request& request);

std::string sign_access(const Call& call, const Session& session, std::int64_t valid_s, const pg::Rows& user,
                        int first);
std::int64_t access_ttl_s(const Call& call, const Session& session);  // no access token outlives its session

// {access_token, refresh_token, token_type, expires_in, refresh_expires_in, user}; the user's columns as above.
void answer_signed_in(Call& call, int status, const Session& session, const pg::Rows& rows, int first = 0);

// A request that failed, or that must not say whether it did anything, is answered after a whole number of steps since
// it came in: Argon2id, bcrypt and no account at all take different times. What this does not hide: who keeps the
// machine so busy that a hash takes longer than one step.
std::chrono::steady_clock::time_point next_step(const Call& call);

// The audit log's entry, for append_audit, that the person who asks did this to the own account.
pg::Params audit_params_of(const Call& call, std::string_view action);

// For a query's `in_any_case`: every write of an admin is in the audit log, to the own account too; of others nothing.
std::function<void()> audit_of_admin(const Call& call, std::string_view action);

// The sessions that a statement ended, in column `column` of its rows (null: none), are ended on all nodes.
void revoke_listed(const Services& services, const pg::Rows& rows, int column);

}  // namespace epicura::routes
