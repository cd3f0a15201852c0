// Which jobs are handed out, by the statement alone.
#include "schema/pg/job_queries.hpp"

#include <set>

#include "schema/pg/params.hpp"
#include "tests/pg/migrated.hpp"

namespace epicura::pg {

TEST_CASE("of images one is handed out at a time, of all else what is due") {
  const auto conninfo = migrated_database("job_queries");
  TestClient client(conninfo);
  run_sql(conninfo,
          "insert into jobs (id, kind, run_at) select gen_random_uuid(), k, now() - interval '1 min' "
          "from unnest(array['image', 'image', 'image', 'mail', 'mail']) k");
  const auto kinds = [&] {
    const auto rows = client.rows(queries::queue_due_jobs, params_of(std::int64_t{300}));
    std::multiset<std::string> out;
    for (int row = 0; row < rows.size(); ++row) out.emplace(rows.text(row, 1));
    return out;
  };
  CHECK(kinds() == std::multiset<std::string>{"image", "mail", "mail"});
  CHECK(kinds().empty());
  run_sql(conninfo, "update jobs set state = 'running' where state = 'queued'");
  CHECK(kinds().empty());
  run_sql(conninfo, "update jobs set changed_at = now() - interval '6 min' where kind = 'image' and state = 'running'");
  CHECK(kinds() == std::multiset<std::string>{"image"});  // the lost one
  run_sql(
      conninfo,
      "update jobs set state = 'waiting', run_at = now() + interval '1 h' where kind = 'image' and state = 'queued'");
  CHECK(kinds() == std::multiset<std::string>{"image"});  // another, since that one is to be tried later
  run_sql(conninfo, "update jobs set state = 'done' where state = 'queued'");
  CHECK(kinds() == std::multiset<std::string>{"image"});
}

}  // namespace epicura::pg
