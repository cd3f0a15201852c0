// An account is deleted by its owner, and that is taken back. What erases it in the end: jobs/erase_users.cpp.

#include "actors/routes/deletion.hpp"

#include "actors/routes/routes.hpp"
#include "actors/routes/signed_in.hpp"
#include "schema/json_text.hpp"
#include "schema/pg/admin_queries.hpp"
#include "schema/pg/audit_queries.hpp"
#include "schema/pg/deletion_queries.hpp"
#include "schema/pg/personal_data.hpp"

namespace epicura::routes {

namespace {

namespace q = pg::queries;

constexpr std::size_t marked = 2;  // which of the unit's statements says until when it can be taken back

std::string until_json(Timestamp restorable_until) {
  JsonText body(64);
  body.add("restorable_until", format_rfc3339(restorable_until));
  return std::move(body).take();
}

void refuse_log_in(Call& call, const Uuid& user, Timestamp restorable_until) {
  call.audit("auth.login", AuditOutcome::denied, user);
  auto answer = http::problem(
      {Errc::account_deleted, "POST /auth/restore takes the deletion back until " + format_rfc3339(restorable_until)},
      call.request().request_id);
  auto document = Json::parse(answer.body);
  document["restorable_until"] = format_rfc3339(restorable_until);
  answer.body = dump_json(document);
  call.answer(std::move(answer));
}

}  // namespace

void delete_user(Call& call) {
  const auto& user = std::get<AccessToken>(call.principal()).subject;
  Call::Unit unit{{&q::lock_admins, pg::Params()},
                  {&q::lock_leaving_user, pg::Params().add(user)},
                  {&q::mark_deleted, pg::params_of(user, Uuid::v7())}};
  for (const auto& data : pg::personal_data) {
    if (data.at_deletion) unit.emplace_back(data.at_deletion, pg::Params().add(user));
  }
  unit.emplace_back(&q::append_audit, audit_params_of(call, "user.deleted"));
  call.query(
      std::move(unit),
      [&call](const std::vector<pg::Rows>& results) {
        if (results[marked].size() == 0 && is_admin(call.principal()))
          return call.fail(Errc::own_account, "there is no other admin; make one first");
        if (results[marked].size() == 0) return call.fail(Errc::forbidden, "there is no account of this token");
        call.answer({202, "application/json", until_json(results[marked].timestamp(0, 0)), {}});
      },
      [&services = call.services()](const pg::Outcome& outcome) {
        if (!outcome.ok()) return;
        for (std::size_t i = marked + 1; i < outcome.results.size(); ++i)
          revoke_listed(services, outcome.results[i], 0);
        services.job_made();
      });
}

void settle_deletion(Call& call, const Uuid& user, const std::string& proved,
                     const std::optional<Timestamp>& restorable_until) {
  if (call.request().route->operation != http::Operation::restore_user)
    return refuse_log_in(call, user, restorable_until.value());
  if (!restorable_until) {
    call.audit("auth.restore", AuditOutcome::done, user);  // there was nothing to restore; the password was right
    return call.answer({204, {}, {}, {}});
  }
  call.query(
      {{&q::restore_user, pg::params_of(user, std::string_view(proved), std::string_view(call.request().request_id),
                                        std::string_view(call.request().peer_address), Uuid::v7())}},
      [&call](const std::vector<pg::Rows>& results) {
        if (results[0].size() == 0) return call.fail(Errc::overloaded, "the account is being changed; try again");
        call.answer({204, {}, {}, {}});
      },
      [&services = call.services()](const pg::Outcome& outcome) {
        if (outcome.ok()) services.job_made();
      });
}

}  // namespace epicura::routes
