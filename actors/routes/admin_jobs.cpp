// Jobs as they stand, and trying one again.

#include "actors/routes/admin_jobs.hpp"
#include "actors/authorize.hpp"
#include "actors/routes/admin_list.hpp"
#include "actors/routes/routes.hpp"
#include "schema/json_text.hpp"
#include "schema/pg/admin_queries.hpp"

namespace epicura::routes {

namespace {

namespace q = pg::queries;

constexpr std::string_view list = "jobs";
constexpr int retried_column = 9;

std::string job_json(const pg::Rows& rows, int row) {
  const auto finished = rows.timestamp_or_null(row, 8);
  JsonText out(512);
  out.raw("args", rows.text(row, 2))
      .add("attempts", rows.int8(row, 5))
      .add("created_at", format_rfc3339(rows.timestamp(row, 7)))
      .add_or_null("finished_at", finished ? std::optional(format_rfc3339(*finished)) : std::nullopt)
      .add("id", rows.uuid(row, 0).str())
      .add("kind", rows.text(row, 1))
      .add_or_null("last_error", rows.text_or_null(row, 6))
      .add("run_at", format_rfc3339(rows.timestamp(row, 4)))
      .add("state", rows.text(row, 3));
  return std::move(out).take();
}

}  // namespace

void retry(Call& call, const Uuid& id, Errc absent, std::function<void(const pg::Rows&)> then) {
  const auto& request = call.request();
  call.query_once(
      {{&q::retry_job, pg::params_of(person_of(call).subject, id, std::string_view(request.request_id),
                                     std::string_view(request.peer_address))}},
      [&call, absent, then = std::move(then)](const std::vector<pg::Rows>& results) {
        const auto& rows = results[0];
        if (rows.size() == 0) return call.fail(absent, "there is no such job");
        if (!rows.boolean(0, retried_column))
          return call.fail(Errc::job_not_failed, fmt::format("the job is {}", rows.text(0, 3)));
        then(rows);
      },
      [&services = call.services()](const pg::Outcome& outcome) {
        if (outcome.ok() && outcome.results[0].size() > 0) services.job_made();
      });
}

void list_jobs(Call& call) {
  const auto before = id_before(call, list);
  if (!before) return;
  const auto filter = pg::params_of(query_text(call, "kind"), query_text(call, "state"));
  const auto limit = query_limit(call);
  auto page = filter;
  page.add(*before).add(limit + 1);
  call.query_history(
      {{&q::list_jobs, std::move(page)}, {&q::count_jobs, filter}, note_read(call, "job.listed")},
      [&call, limit](const std::vector<pg::Rows>& results) {
        const auto& rows = results[0];
        call.answer({200,
                     "application/json",
                     page_json(
                         rows, limit, list, results[1].int8(0, 0), [&rows](int row) { return job_json(rows, row); },
                         [&rows](int row) { return rows.uuid(row, 0).str(); }),
                     {}});
      });
}

void retry_job(Call& call) {
  const auto id = path_id(call, "there is no such job");
  if (!id) return;
  retry(call, *id, Errc::not_found, [&call](const pg::Rows& rows) {
    call.answer({202, "application/json", job_json(rows, 0), {}});
  });
}

}  // namespace epicura::routes
