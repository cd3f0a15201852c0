// Accounts in the hands of admins: to look through, to change, to sign out.

#include "actors/authorize.hpp"
#include "actors/routes/admin_list.hpp"
#include "actors/routes/routes.hpp"
#include "actors/routes/signed_in.hpp"
#include "schema/pg/account_queries.hpp"
#include "schema/pg/admin_queries.hpp"

namespace epicura::routes {

namespace {

namespace q = pg::queries;

constexpr std::string_view list = "users";
constexpr std::string_view absent = "there is no such user";

std::string admin_user_json(const Media& media, const pg::Rows& rows, int row, int first) {
  const auto time = [&rows, row](int column) {
    const auto at = rows.timestamp_or_null(row, column);
    return at ? std::optional(format_rfc3339(*at)) : std::nullopt;
  };
  JsonText out(768);
  add_user(out, media, rows, row, first);
  out.add_or_null("deleted_at", time(first + 13))
      .add_or_null("disabled_at", time(first + 10))
      .add_or_null("last_signed_in_at", time(first + 12))
      .raw("mfa_enabled", rows.boolean(row, first + 11) ? "true" : "false");
  return std::move(out).take();
}

}  // namespace

void list_users(Call& call) {
  const auto before = id_before(call, list);
  if (!before) return;
  const auto offset = query_integer(call, "offset");
  if (offset && query_text(call, "cursor"))
    return call.fail({{"/query/offset", "bad_value", "a page has a cursor or an offset"}});
  const auto filter = pg::params_of(query_text(call, "q"), query_text(call, "role"), query_text(call, "status"));
  const auto limit = query_limit(call);
  auto page = filter;
  page.add(*before).add(limit + 1).add(offset.value_or(0));  // one more tells whether there is a next page
  call.query_history({{&q::list_users, std::move(page)}, {&q::count_users, filter}, note_read(call, "user.listed")},
                     [&call, limit](const std::vector<pg::Rows>& results) {
                       const auto& rows = results[0];
                       call.answer({200,
                                    "application/json",
                                    page_json(
                                        rows, limit, list, results[1].int8(0, 0),
                                        [&](int row) { return admin_user_json(call.services().media, rows, row, 0); },
                                        [&rows](int row) { return rows.uuid(row, 0).str(); }),
                                    {}});
                     });
}

void administer_user(Call& call) {
  const auto id = path_id(call, absent);
  if (!id) return;
  const auto& body = call.body();
  const auto text = [&body](const char* field) {
    const auto found = body.find(field);
    return found == body.end() ? std::nullopt : std::optional<std::string_view>(found->get_ref<const std::string&>());
  };
  const auto disabled = body.find("disabled");
  const auto& request = call.request();
  call.query(
      {{&q::lock_admins, pg::Params()},
       {&q::lock_user, pg::Params().add(*id)},
       {&q::change_user,
        pg::params_of(person_of(call).subject, *id, text("role"),
                      disabled == body.end() ? std::nullopt : std::optional(disabled->get<bool>()), text("name"),
                      std::string_view(request.request_id), std::string_view(request.peer_address))}},
      [&call](const std::vector<pg::Rows>& results) {
        const auto& rows = results[2];
        if (rows.size() == 0) return call.fail(Errc::not_found, std::string(absent));
        const auto outcome = rows.text(0, 0);
        if (outcome == "not_admin") return call.fail(Errc::forbidden, "this is for admins");
        if (outcome == "own_account")
          return call.fail(Errc::own_account, "admins cannot disable or demote themselves; another one can");
        call.answer({200, "application/json", admin_user_json(call.services().media, rows, 0, 2), {}});
      },
      [&services = call.services()](const pg::Outcome& outcome) {
        if (outcome.ok()) revoke_listed(services, outcome.results[2], 1);
      });
}

void end_user_sessions(Call& call) {
  const auto id = path_id(call, absent);
  if (!id) return;
  const auto& request = call.request();
  call.query_once(
      {{&q::lock_user, pg::Params().add(*id)},
       {&q::end_sessions_of_user, pg::params_of(person_of(call).subject, *id, std::string_view(request.request_id),
                                                std::string_view(request.peer_address))}},
      [&call](const std::vector<pg::Rows>& results) {
        if (results[1].size() == 0) return call.fail(Errc::not_found, std::string(absent));
        call.answer({204, {}, {}, {}});
      },
      [&services = call.services()](const pg::Outcome& outcome) {
        if (outcome.ok()) revoke_listed(services, outcome.results[1], 1);
      });
}

}  // namespace epicura::routes
