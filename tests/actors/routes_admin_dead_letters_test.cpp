// Dead letters in the hands of admins.

#include "schema/base64.hpp"
#include "schema/job.hpp"
#include "tests/actors/admins.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

const std::string pot = "0198c0de-0000-7000-8000-00000000abcd";
const std::string sent_by_pot = R"({"ts":1,"value":2})";

struct House : Admins {
  std::string add(const std::string& source, const std::string& origin, const std::string& payload,
                  std::int64_t more = 0, const std::string& code = "bad_time") {
    const auto id = Uuid::v7().str();
    sql("insert into dead_letters (id, at, source, device_id, origin, code, detail, stream_seq, size, payload) values "
        "('" +
        id + "', now(), '" + source + "', '" + pot + "', '" + origin + "', '" + code + "', 'why', null, " +
        std::to_string(static_cast<std::int64_t>(payload.size()) + more) + ", decode('" + base64(payload) +
        "', 'base64'))");
    return id;
  }
  Answer replay(const std::string& id) { return post("/admin/dead-letters/" + id + "/replay"); }
  std::vector<std::string> ids(const std::string& query) {
    std::vector<std::string> out;
    const auto page = get("/admin/dead-letters?" + query);
    for (const auto& item : page.body["items"]) out.push_back(item["id"]);
    return out;
  }
  void wait_for_streams() { REQUIRE(nats.settled()); }
};

using Ids = std::vector<std::string>;
const std::string subject = "epicura." + pot + ".telemetry.temperature";

}  // namespace

TEST_CASE("dead letters are listed, the newest first, with what was kept of them") {
  House house;
  const auto a = house.add("telemetry", subject, sent_by_pot);
  const auto b = house.add("mqtt", "epicura/x", "", 70'000, "too_large");
  const auto page = house.get("/admin/dead-letters");
  REQUIRE(page.body["items"].size() == 2);
  CHECK(page.body["total"] == 2);
  CHECK(page.body["items"][0]["id"] == b);
  CHECK(page.body["items"][0]["replayable"] == false);
  CHECK(page.body["items"][0]["size"] == 70'000);
  CHECK(page.body["items"][1]["replayable"] == true);
  CHECK(page.body["items"][1]["payload_b64"] == base64(sent_by_pot));
  CHECK(page.body["items"][1]["stream_seq"].is_null());
  CHECK(house.entries("dead_letter.listed") == 1);
  CHECK(house.ids("source=telemetry") == Ids{a});
  CHECK(house.ids("code=too_large") == Ids{b});
  CHECK(house.ids("device_id=" + pot) == Ids{b, a});
  CHECK(house.ids("device_id=" + Uuid::v7().str()).empty());
  CHECK(house.ids("to=2020-01-01T00:00:00Z").empty());
  CHECK(house.ids("from=2020-01-01T00:00:00Z&device_id=" + pot + "&source=mqtt") == Ids{b});
  for (const std::string bad : {"'", "%", "_", "\\", "' or ''='", "\r\n", "=cmd()"})
    CHECK_MESSAGE(house.ids("code=" + Admins::escaped(bad)).empty(), bad);
  CHECK(house.get("/admin/dead-letters?source=x").points_at("/query/source"));
  CHECK(all_ids(house, "/admin/dead-letters?", 1) == Ids{b, a});
  CHECK(all_ids(house, "/admin/dead-letters?device_id=" + pot + "&", 1) == Ids{b, a});
  for (const auto& junk : junk_cursors)
    CHECK_MESSAGE(house.get("/admin/dead-letters?cursor=" + junk).points_at("/query/cursor"), junk);
}

TEST_CASE("a letter that is replayed is published on its subject, marked and told of; twice, if that is wanted") {
  House house;
  house.wait_for_streams();
  const auto id = house.add("telemetry", subject, sent_by_pot);
  const auto first = house.replay(id);
  REQUIRE(first.status == 202);
  CHECK(first.body["subject"] == subject);
  CHECK(first.body["replayed_before"] == false);
  CHECK(first.body["job_id"].is_null());
  CHECK(bus::wait_until([&] { return house.nats.received.has(sent_by_pot); }));
  CHECK(house.entry("dead_letter.replayed", "target_id") == id);
  CHECK(house.entry("dead_letter.replayed", "detail->'replayed_before'") == "false");
  const auto letter = house.get("/admin/dead-letters").body["items"][0];
  CHECK(letter["replayed_at"] == first.body["replayed_at"]);
  CHECK(letter["replayed_by"] == house.id_of("root@example.org"));
  const auto second = house.replay(id);
  REQUIRE(second.status == 202);
  CHECK(second.body["replayed_before"] == true);
  CHECK(bus::wait_until([&] { return house.nats.received.size() == 2; }));
}

TEST_CASE("what is not whole, or not of a device, cannot be replayed; nothing is marked or told of then") {
  House house;
  house.wait_for_streams();
  const auto refused = [&](const std::string& id) { return house.replay(id).problem(409, "not_replayable"); };
  CHECK(refused(house.add("telemetry", subject, sent_by_pot, 1)));
  CHECK(refused(house.add("telemetry", "epicura." + pot + ".commands", sent_by_pot)));
  CHECK(refused(house.add("command", subject, sent_by_pot)));
  CHECK(refused(house.add("job", "cloud.jobs.mail", "junk")));
  CHECK(refused(house.add("job", "cloud.jobs.mail", encode(JobCall{Uuid::v7(), "mail"}))));
  CHECK(house.replay(Uuid::v7().str()).problem(404, "not_found"));
  CHECK(house.replay("x").problem(404, "not_found"));
  CHECK(house.entries("dead_letter.replayed") == 0);
  CHECK(house.value("select count(*) from dead_letters where replayed_at is not null") == "0");
  CHECK(house.nats.received.size() == 0);
}

TEST_CASE("replaying the letter of a job tries the job again") {
  House house;
  const auto job = Uuid::v7();
  house.sql("insert into jobs (id, kind, state, attempts, finished_at) values ('" + job.str() +
            "', 'mail', 'failed', 12, now())");
  const auto id = house.add("job", "cloud.jobs.mail", encode(JobCall{job, "mail"}));
  const auto made = house.jobs_made.load();
  const auto answer = house.replay(id);
  REQUIRE(answer.status == 202);
  CHECK(answer.body["job_id"] == job.str());
  CHECK(answer.body["subject"].is_null());
  CHECK(house.jobs_made == made + 1);
  CHECK(house.value("select state || attempts from jobs where id = '" + job.str() + "'") == "waiting0");
  CHECK(house.entries("job.retried") == 1);
  CHECK(house.entries("dead_letter.replayed") == 1);
  house.sql("update jobs set state = 'done'");
  CHECK(house.replay(id).problem(409, "job_not_failed"));
}

TEST_CASE("readings are not replayed into a queue that is full, and while NATS is away the answer says so") {
  House house;
  house.wait_for_streams();
  const auto id = house.add("telemetry", subject, sent_by_pot);
  house.readiness.nats = house.readiness.streams = true;
  house.readiness.telemetry_max_bytes = 1 << 30;
  house.readiness.backlog = 0.9;
  CHECK(house.replay(id).problem(503, "storage_full"));
  house.readiness.backlog = 0;
  house.server.stop();
  CHECK(house.replay(id).problem(503, "dependency_away"));
  CHECK(house.entries("dead_letter.replayed") == 1);
}
