#include "actors/routes/signed_in.hpp"

#include "schema/json_text.hpp"
#include "schema/pg/audit_rows.hpp"

namespace epicura::routes {

void add_user(JsonText& out, const Media& media, const pg::Rows& rows, int row, int first) {
  const auto avatar = rows.text_or_null(row, first + 9);
  out.raw("allergies", rows.text(row, first + 6))
      .add_or_null("avatar_url", avatar ? std::optional(media.url_of(*avatar)) : std::nullopt)
      .add("created_at", format_rfc3339(rows.timestamp(row, first + 8)))
      .raw("dietary_preferences", rows.text(row, first + 5))
      .add("email", rows.text(row, first + 1))
      .raw("email_verified", rows.boolean(row, first + 2) ? "true" : "false")
      .add("id", rows.uuid(row, first).str())
      .add("name", rows.text(row, first + 3))
      .raw("preferences", rows.text(row, first + 7))
      .add("role", rows.text(row, first + 4));
}

std::string user_json(const Media& media, const pg::Rows& rows, int first) {
  JsonText out(512);
  add_user(out, media, rows, 0, first);
  return std::move(out).take();
}

Session new_session(const Call& call, RefreshTokens::Issued token, const Uuid& family, bool second_factor) {
  const auto& settings = call.services().settings;
  return {family, std::move(token.text), std::min(settings.refresh_idle_ttl_s, settings.refresh_ttl_s),
          call.services().clock(), second_factor};
}

pg::Params family_params(const Call& call, const Uuid& user, std::string_view proved_hash,
                         const RefreshTokens::Issued& token, const Uuid& family) {
  const auto& settings = call.services().settings;
  return pg::params_of(user, proved_hash, family, std::string_view(token.hash), settings.refresh_idle_ttl_s,
                       settings.refresh_ttl_s, std::string_view(call.request().peer_address),
                       std::string_view(user_agent_of(call.request())), std::string_view(call.request().request_id));
}

std::string user_agent_of(const http::Request& request) {
  constexpr std::size_t most = 200;
  std::string shown;
  for (const char c : request.user_agent) {
    if (c >= ' ' && c <= '~' && shown.size() < most) shown += c;
  }
  return shown;
}

std::int64_t access_ttl_s(const Call& call, const Session& session) {
  return std::min<std::int64_t>(call.services().settings.access_token_ttl_s, std::max<std::int64_t>(session.left_s, 1));
}

std::string sign_access(const Call& call, const Session& session, std::int64_t valid_s, const pg::Rows& user,
                        int first) {
  const auto issued = call.services().clock();
  AccessToken token;
  token.subject = user.uuid(0, first);
  token.role = user.text(0, first + 4) == "admin" ? Role::admin : Role::user;
  token.email = user.text(0, first + 1);
  token.issued_at = issued;
  token.expires_at = issued + std::chrono::seconds{valid_s};
  token.family = session.family;
  token.authenticated_at = std::min(session.authenticated_at, issued);  // PostgreSQL's clock may be ahead of this one
  token.second_factor = session.second_factor;
  return call.services().access_tokens.sign(token);
}

void answer_signed_in(Call& call, int status, const Session& session, const pg::Rows& rows, int first) {
  const auto valid_s = access_ttl_s(call, session);
  JsonText body(1536);
  body.add("access_token", sign_access(call, session, valid_s, rows, first))
      .add("expires_in", valid_s)
      .add("refresh_expires_in", session.left_s)
      .add("refresh_token", session.refresh_token)
      .add("token_type", "Bearer")
      .raw("user", user_json(call.services().media, rows, first));
  call.answer({status, "application/json", std::move(body).take(), {}});
}

std::chrono::steady_clock::time_point next_step(const Call& call) {
  constexpr auto answer_step = std::chrono::milliseconds{1000};
  // Well within the request's own time.
  const Millis step = std::min<Millis>(answer_step, Millis{call.services().settings.request_deadline_ms} / 4);
  const auto received = call.request().received;
  const auto steps = (std::chrono::steady_clock::now() - received) / step + 1;
  return received + steps * step;
}

pg::Params audit_params_of(const Call& call, std::string_view action) {
  const auto& person = std::get<AccessToken>(call.principal());
  AuditEntry entry;
  entry.actor = audit_actor_of(call.principal());
  entry.actor_id = person.subject;
  entry.action = action;
  entry.target_kind = "user";
  entry.target_id = person.subject.str();
  entry.request_id = call.request().request_id;
  entry.address = call.request().peer_address;
  return pg::audit_params(entry);
}

std::function<void()> audit_of_admin(const Call& call, std::string_view action) {
  if (!is_admin(call.principal())) return [] {};
  return [&services = call.services(), params = audit_params_of(call, action)] { append_audit(services, params); };
}

void revoke_listed(const Services& services, const pg::Rows& rows, int column) {
  std::vector<Uuid> families;
  for (int row = 0; row < rows.size(); ++row) {
    if (const auto family = rows.uuid_or_null(row, column)) families.push_back(*family);
  }
  if (!families.empty()) services.revoke(families);
}

}  // namespace epicura::routes
