// Whose account was deleted 30 days ago is erased: each person in a transaction of their own, which does nothing when
// it comes a second time. Files go behind the rows; what a crash leaves of them, tidy finds.

#include "actors/jobs/jobs.hpp"
#include "schema/observe/log.hpp"
#include "schema/pg/deletion_queries.hpp"
#include "schema/pg/personal_data.hpp"

namespace epicura::jobs {

namespace {

namespace q = pg::queries;

constexpr std::size_t files = 1;  // which of the unit's statements lists them

pg::Outcome erase(const Ask& ask, const Uuid& user) {
  std::vector<std::pair<const pg::Statement*, pg::Params>> unit{{&q::lock_leaving_user, pg::Params().add(user)},
                                                                {&q::list_erasable_files, pg::Params().add(user)}};
  for (const auto& data : pg::personal_data) {
    if (data.erase) unit.emplace_back(data.erase, pg::Params().add(user));
  }
  return ask(std::move(unit));
}

void drop_files(const MediaStore& media, const pg::Rows& rows) {
  for (int row = 0; row < rows.size(); ++row) {
    if (const auto name = rows.text_or_null(row, 0)) media.drop(*name);
    if (const auto id = rows.uuid_or_null(row, 1)) media.drop_quarantined(*id);
  }
}

}  // namespace

JobEnd erase_users(const Ask& ask, const MediaStore& media, const Mailer& mailer) {
  constexpr auto enough = std::chrono::seconds{30};  // a job is to end within a minute
  const auto begun = std::chrono::steady_clock::now();
  std::optional<JobEnd> trouble;  // with one of them; the others are erased all the same
  Uuid last;
  for (;;) {
    const auto found = ask({{&q::list_erasable, pg::Params().add(last)}});
    if (!found.ok()) return not_answered(found);
    const auto& users = found.results.front();
    if (users.size() == 0) return trouble.value_or(JobEnd{});
    for (int row = 0; row < users.size(); ++row) {
      last = users.uuid(row, 0);
      mailer.forget(last);  // before the row: else a crash between the two would leave them for good
      const auto erased = erase(ask, last);
      if (!erased.ok()) {
        trouble = not_answered(erased);
        if (erased.failure != pg::Failure::refused) return *trouble;
      } else if (erased.results.back().affected() > 0) {
        drop_files(media, erased.results[files]);
        log::info("users", "user {} is erased", last.str());
      }
      if (std::chrono::steady_clock::now() - begun > enough) return {JobEnd::How::later, "there are more to erase"};
    }
  }
}

}  // namespace epicura::jobs
