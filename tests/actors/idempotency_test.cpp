// Requests with an Idempotency-Key, and what they have changed in a real PostgreSQL.

#include "actors/idempotency.hpp"

#include "tests/actors/accounts.hpp"
#include "tests/pg/session.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

const std::string replayed = "Idempotent-Replayed";

struct Repeats : Accounts {
  pg::Session rows{conninfo};
  const Uuid boss = make_admin();
  const std::string token = bearer_of(boss);

  Uuid make_admin() {
    const auto made = sign_up("boss-" + Uuid::v7().str() + "@example.org");
    const auto id = Uuid::parse(made.body["user"]["id"].get<std::string>()).value();
    sql("update users set role = 'admin', email_verified = true where id = '" + id.str() + "'");
    return id;
  }
  std::string bearer_of(const Uuid& admin) {
    return sign(
        {admin, Role::admin, "", clock, clock + std::chrono::minutes{15},
         Uuid::parse(rows.ask("select id from token_families where user_id = '" + admin.str() + "' limit 1")).value(),
         clock});
  }
  Uuid failed_job() {
    const auto id = Uuid::v7();
    sql("insert into jobs (id, kind, state) values ('" + id.str() + "', 'test', 'failed')");
    return id;
  }
  Answer send(const std::string& with_key, const std::string& target, const std::string& by,
              const std::string& body = {}) {
    usual.idempotency_key = with_key;
    auto answer = ask("POST", target, by, body);
    usual.idempotency_key.clear();
    return answer;
  }
  Answer retry(const std::string& with_key, const Uuid& job) {
    return send(with_key, "/admin/jobs/" + job.str() + "/retry", token);
  }
  std::string retries() { return rows.ask("select count(*) from audit_log where action = 'job.retried'"); }
};

const std::string a_key = dump_json({{"name", "a program"}, {"scopes", {"devices:read"}}});

}  // namespace

TEST_CASE("what comes again with its key is answered as before, and done once") {
  Repeats house;
  const auto job = house.failed_job();
  const auto first = house.retry("one", job);
  REQUIRE(first.status == 202);
  CHECK(first.header(replayed).empty());
  house.sql("update jobs set state = 'done'");
  const auto second = house.retry("one", job);
  CHECK(second.status == 202);
  CHECK(second.header(replayed) == "true");
  CHECK(second.body == first.body);
  CHECK(house.retries() == "1");
  CHECK(house.retry("two", job).problem(409, "job_not_failed"));  // another key is another request
  CHECK(house.retry("two", job).header(replayed) == "true");      // and its refusal an answer as well
  CHECK(house.retry({}, job).problem(409, "job_not_failed"));
}

TEST_CASE("a key belongs to one request of one principal, for a day") {
  Repeats house;
  const auto job = house.failed_job();
  REQUIRE(house.retry("one", job).status == 202);
  CHECK(house.retry("one", house.failed_job()).problem(409, "key_reused"));
  CHECK(house.retries() == "1");
  std::string upper = job.str();
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  CHECK(house.send("one", "/admin/jobs/" + upper + "/retry", house.token).header(replayed) == "true");
  const auto other = house.make_admin();
  CHECK(house.send("one", "/admin/jobs/" + house.failed_job().str() + "/retry", house.bearer_of(other)).status == 202);
  CHECK(house.send("one", "/admin/users/" + other.str() + "/sessions/revoke", house.token).status == 204);
  CHECK(house.send("one", "/admin/users/" + other.str() + "/sessions/revoke", house.token).header(replayed) == "true");
  house.sql("update idempotency_keys set created_at = now() - interval '24 hours 1 second'");
  CHECK(house.retry("one", house.failed_job()).status == 202);
  CHECK(house.retries() == "3");
}

TEST_CASE("before an old answer is given it is asked again who may have it") {
  Repeats house;
  const auto job = house.failed_job();
  REQUIRE(house.retry("one", job).status == 202);
  house.sql("update users set role = 'user' where id = '" + house.boss.str() + "'");
  CHECK(house.retry("one", job).problem(403, "forbidden"));
  CHECK(house.send("one", "/admin/jobs/" + job.str() + "/retry", {}).problem(401, "unauthorized"));
}

TEST_CASE("an answer with a secret is not kept, and what it tells of not done twice") {
  Repeats house;
  const auto first = house.send("one", "/users/me/api-keys", house.token, a_key);
  REQUIRE(first.status == 201);
  CHECK(house.send("one", "/users/me/api-keys", house.token, a_key).problem(409, "already_done"));
  CHECK(house
            .send("one", "/users/me/api-keys", house.token,
                  dump_json({{"name", "another"}, {"scopes", {"devices:read"}}}))
            .problem(409, "key_reused"));
  CHECK(house.rows.ask("select count(*) from api_keys") == "1");
  CHECK(house.rows.ask("select count(*) from idempotency_keys where body is null and headers is null") == "1");
}

TEST_CASE("the second of two at one time is told to wait; one whose answer never came, that it was done") {
  Repeats house;
  const auto job = house.failed_job();
  REQUIRE(house.retry("one", job).status == 202);
  const std::string cut = "update idempotency_keys set ended_at = null, status = null, headers = null, body = null";
  house.sql(cut);
  const auto meanwhile = house.retry("one", job);
  CHECK(meanwhile.problem(409, "in_progress"));
  CHECK(meanwhile.header("Retry-After") == "1");
  house.sql("update idempotency_keys set created_at = now() - interval '31 seconds'");
  CHECK(house.retry("one", job).problem(409, "already_done"));
  CHECK(house.retries() == "1");
}

TEST_CASE("two that neither knows of the other: the transaction of one is undone") {
  Repeats house;
  const auto job = house.failed_job();
  // Its claim, not committed, is seen by nobody who looks; who claims the key waits for it.
  pg::Session first(house.conninfo);
  first.ask("begin");
  first.ask("insert into idempotency_keys (principal_id, route, key, fingerprint) values ('" + house.boss.str() +
            "', 'retryJob', 'one', '')");
  std::thread ending([&] {
    CHECK(pg::eventually([&] {
      return pg::run_sql(house.conninfo, "select count(*)::text from pg_stat_activity where wait_event_type = 'Lock'")
                 .text(0, 0) == "1";
    }));
    first.ask("commit");
  });
  CHECK(house.retry("one", job).problem(409, "key_reused"));
  ending.join();
  CHECK(house.retries() == "0");
  CHECK(house.rows.ask("select state from jobs where id = '" + job.str() + "'") == "failed");
}

TEST_CASE("a refusal holds no secret, and is answered again as it was") {
  Repeats house;
  house.sql("insert into api_keys (id, user_id, name, hash, scopes, expires_at) select gen_random_uuid(), '" +
            house.boss.str() + "', 'k', '', '{}', now() + interval '1 day' from generate_series(1, 20)");
  CHECK(house.send("one", "/users/me/api-keys", house.token, a_key).problem(409, "too_many_keys"));
  const auto again = house.send("one", "/users/me/api-keys", house.token, a_key);
  CHECK(again.problem(409, "too_many_keys"));
  CHECK(again.header(replayed) == "true");
}

TEST_CASE("what was too much for now is done later, with the same key") {
  Repeats house;
  const auto body = dump_json({{"content_type", "image/png"}, {"content_length", 3}});
  house.sql("insert into uploads (id, user_id, purpose, content_type, content_length) select gen_random_uuid(), '" +
            house.boss.str() + "', 'avatar', 'image/png', 3 from generate_series(1, 20)");
  CHECK(house.send("one", "/users/me/avatar", house.token, body).problem(429, "too_many_uploads"));
  house.sql("update uploads set created_at = now() - interval '61 minutes'");
  CHECK(house.send("one", "/users/me/avatar", house.token, body).status == 201);
  CHECK(house.send("one", "/users/me/avatar", house.token, body).problem(409, "already_done"));
}

TEST_CASE("what could not be sent is sent with the same key") {
  Repeats house;
  const auto letter = Uuid::v7().str();
  house.sql("insert into dead_letters (id, at, source, origin, code, detail, size, payload) values ('" + letter +
            "', now(), 'http', 'epicura." + Uuid::v7().str() + ".telemetry', 'bad_time', '', 2, '[]')");
  const auto replay = [&] { return house.send("one", "/admin/dead-letters/" + letter + "/replay", house.token); };
  house.server.stop();
  CHECK(replay().problem(503, "dependency_away"));
  CHECK(house.rows.ask("select count(*) from idempotency_keys") == "0");
}

TEST_CASE("a key that cannot be one is refused") {
  Repeats house;
  const auto job = house.failed_job();
  for (const auto& key : {std::string(256, 'k'), std::string("two words"), std::string("schl\xc3\xbcssel")})
    CHECK(house.retry(key, job).problem(422, "validation"));
  CHECK(house.retry(std::string(255, 'k'), job).status == 202);
}
