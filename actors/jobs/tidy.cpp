// What has ended long ago is deleted, once an hour: rows, then files that no row has.

#include <set>
#include <span>

#include "actors/jobs/jobs.hpp"
#include "schema/pg/account_link_queries.hpp"
#include "schema/pg/api_key_queries.hpp"
#include "schema/pg/dead_letter_queries.hpp"
#include "schema/pg/idempotency_queries.hpp"
#include "schema/pg/job_queries.hpp"
#include "schema/pg/upload_queries.hpp"

namespace epicura::jobs {

namespace {

namespace q = pg::queries;

// Whoever has a file has said so in a row long before it is so old.
constexpr std::chrono::seconds old = std::chrono::hours{1};
constexpr std::size_t at_a_time = 5000;  // files

const Uuid& as_param(const Uuid& id) {
  return id;
}
std::string_view as_param(const std::string& name) {
  return name;
}

// `find`: gives those of the names that a row has, which `of_row` reads.
template <class Name, class OfRow, class Drop>
std::optional<JobEnd> drop_unkept(const Ask& ask, const pg::Statement& find, const std::vector<Name>& names,
                                  OfRow of_row, Drop drop) {
  for (auto left = std::span(names); !left.empty();) {
    const auto some = left.first(std::min(left.size(), at_a_time));
    left = left.subspan(some.size());
    pg::Params params;
    params.add_each(some, [](const Name& name) { return as_param(name); });
    const auto outcome = ask({{&find, std::move(params)}});
    if (!outcome.ok()) return not_answered(outcome);
    const auto& rows = outcome.results.front();
    std::set<Name> kept;
    for (int row = 0; row < rows.size(); ++row) kept.insert(of_row(rows, row));
    for (const auto& name : some)
      if (!kept.contains(name)) drop(name);
  }
  return std::nullopt;
}

std::optional<JobEnd> tidy_files(const Tools& tools) {
  const auto& media = tools.media;
  media.drop_work_before(old);
  auto trouble = drop_unkept(
      tools.ask, q::find_quarantined, media.quarantined_before(old),
      [](const pg::Rows& rows, int row) { return rows.uuid(row, 0); },
      [&media](const Uuid& id) { media.drop_quarantined(id); });
  if (trouble) return trouble;
  return drop_unkept(
      tools.ask, q::find_kept_files, media.kept_before(old),
      [](const pg::Rows& rows, int row) { return std::string(rows.text(row, 0)); },
      [&media](const std::string& name) { media.drop(name); });
}

// Each takes so many rows at a time: a statement has its time limit.
std::optional<JobEnd> forget(const Ask& ask, const pg::Statement& statement,
                             std::chrono::steady_clock::time_point due) {
  constexpr std::int64_t rows_at_a_time = 5'000;
  for (;;) {
    const auto outcome = ask({{&statement, pg::Params()}});
    if (!outcome.ok()) return not_answered(outcome);
    if (outcome.results.front().affected() < rows_at_a_time) return std::nullopt;
    if (std::chrono::steady_clock::now() > due) return JobEnd{JobEnd::How::later, "there is more to tidy"};
  }
}

}  // namespace

JobEnd tidy(const Tools& tools) {
  const auto due = std::chrono::steady_clock::now() + std::chrono::seconds{30};  // a job is to end within a minute
  std::optional<JobEnd> trouble;
  for (const auto* statement :
       {&q::forget_ended_jobs, &q::forget_ended_families, &q::forget_old_links, &q::forget_pending_sign_ins,
        &q::forget_old_api_keys, &q::forget_old_dead_letters, &q::forget_idempotency_keys, &q::forget_old_uploads}) {
    if (auto end = forget(tools.ask, *statement, due)) trouble = std::move(end);  // the others are tidied all the same
  }
  if (auto end = tidy_files(tools)) trouble = std::move(end);
  return trouble.value_or(JobEnd{});
}

}  // namespace epicura::jobs
