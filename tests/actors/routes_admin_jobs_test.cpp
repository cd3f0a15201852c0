// Jobs in the hands of admins.

#include "tests/actors/admins.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

struct House : Admins {
  House() { sql("delete from jobs"); }  // those of the admin's own account
  std::string add(const std::string& kind, const std::string& state, int attempts = 0) {
    const auto id = Uuid::v7().str();
    sql("insert into jobs (id, kind, args, state, attempts, last_error, run_at, finished_at) values ('" + id + "', '" +
        kind + "', '{\"user\": \"" + id + "\"}', '" + state + "', " + std::to_string(attempts) +
        ", 'no way', now() + interval '1 hour', now())");
    return id;
  }
};

}  // namespace

TEST_CASE("jobs are listed, the newest first, by kind and state") {
  House house;
  const auto a = house.add("mail", "failed", 12);
  const auto b = house.add("tidy", "done", 1);
  const auto c = house.add("mail", "waiting", 3);
  const auto page = house.get("/admin/jobs");
  REQUIRE(page.body["items"].size() == 3);
  CHECK(page.body["total"] == 3);
  CHECK(page.body["items"][0]["id"] == c);
  CHECK(page.body["items"][2]["id"] == a);
  CHECK(page.body["items"][2]["attempts"] == 12);
  CHECK(page.body["items"][2]["args"] == Json{{"user", a}});
  CHECK(page.body["items"][2]["last_error"] == "no way");
  CHECK(house.value("select actor_kind || ' ' || action from audit_log order by seq desc limit 1") ==
        "admin job.listed");  // arguments have ids of people
  CHECK(house.get("/admin/jobs?state=failed").body["items"][0]["id"] == a);
  CHECK(house.get("/admin/jobs?kind=tidy").body["total"] == 1);
  CHECK(house.get("/admin/jobs?kind=" + Admins::escaped("' or ''='")).body["total"] == 0);
  CHECK(house.get("/admin/jobs?kind=%25").body["total"] == 0);
  CHECK(house.get("/admin/jobs?state=lost").points_at("/query/state"));
  CHECK(all_ids(house, "/admin/jobs?", 1) == std::vector<std::string>{c, b, a});
  for (const auto& junk : junk_cursors)
    CHECK_MESSAGE(house.get("/admin/jobs?cursor=" + junk).points_at("/query/cursor"), junk);
}

TEST_CASE("a job that failed or waits begins again at once; one that is done or at work does not") {
  House house;
  const auto retry = [&](const std::string& id) { return house.post("/admin/jobs/" + id + "/retry"); };
  for (const std::string state : {"failed", "waiting"}) {
    const auto id = house.add("mail", state, 12);
    const auto made = house.jobs_made.load();
    const auto answer = retry(id);
    REQUIRE(answer.status == 202);
    CHECK(answer.body["state"] == "waiting");
    CHECK(answer.body["attempts"] == 0);
    CHECK(answer.body["finished_at"].is_null());
    CHECK(house.value("select run_at <= now() from jobs where id = '" + id + "'") == "t");
    CHECK(house.jobs_made == made + 1);
    CHECK(house.entry("job.retried", "target_id") == id);
    CHECK(house.entry("job.retried", "detail") == R"({"kind": "mail", "state": ")" + state + R"(", "attempts": 12})");
  }
  for (const std::string state : {"done", "running", "queued"})
    CHECK(retry(house.add("mail", state)).problem(409, "job_not_failed"));
  CHECK(retry(Uuid::v7().str()).problem(404, "not_found"));
  CHECK(retry("x").problem(404, "not_found"));
  CHECK(house.entries("job.retried") == 2);
}
