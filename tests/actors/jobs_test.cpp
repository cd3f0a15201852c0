// Jobs on their whole way: from the table by way of a real stream JOBS to who does them, and back to the table.

#include <doctest/doctest.h>

#include "actors/jobs/jobs.hpp"
#include "tests/actors/job_node.hpp"
#include "tests/pg/session.hpp"
#include "tests/stack/server_process.hpp"

using namespace epicura;
using Node = tests::JobNode;

namespace {

constexpr std::array hourly{ScheduledJob{"hourly", std::chrono::hours{1}}};

std::string new_database() {
  static int number = 0;
  return pg::migrated_database("jobs_" + std::to_string(++number));
}

struct House {
  const std::string conninfo = new_database();
  bus::NatsServer server;
  pg::Session sql{conninfo};

  Uuid make(const std::string& kind, const std::string& args = "{}") {
    const auto id = Uuid::v7();
    sql.ask("insert into jobs (id, kind, args) values ('" + id.str() + "', '" + kind + "', '" + args + "')");
    return id;
  }
  // One that was marked, and then nobody published it.
  Uuid make_marked(const std::string& ago) {
    const auto id = Uuid::v7();
    sql.ask("insert into jobs (id, kind, args, state, changed_at) values ('" + id.str() +
            "', 'greet', '{}', 'queued', now() - interval '" + ago + "')");
    return id;
  }
  std::string column(const Uuid& id, const std::string& name) {
    return sql.ask("select " + name + " from jobs where id = '" + id.str() + "'");
  }
  bool becomes(const Node& node, const Uuid& id, const std::string& state) {
    return pg::eventually([&] {
      node.look();
      return column(id, "state") == state;
    });
  }
};

}  // namespace

TEST_CASE("a job is done with its arguments, once, and its row says so") {
  House house;
  std::atomic<int> done{0};
  Json given;
  Node node(house.conninfo, house.server, {{"greet", [&](const Job& job) {
                                              given = job.args;
                                              ++done;
                                              return JobEnd{};
                                            }}});
  const auto id = house.make("greet", R"({"user": "ada"})");
  REQUIRE(house.becomes(node, id, "done"));
  CHECK(given == Json{{"user", "ada"}});
  CHECK(house.column(id, "attempts") == "1");
  CHECK(house.column(id, "finished_at is not null") == "t");
  const auto next = house.make("greet");
  REQUIRE(house.becomes(node, next, "done"));
  CHECK(done == 2);
}

TEST_CASE("what fails is tried again after a pause; what could not begin does not count") {
  House house;
  std::atomic<int> round{0};
  Node node(house.conninfo, house.server, {{"hard", [&](const Job&) -> JobEnd {
                                              switch (round++) {
                                                case 0:
                                                  return {JobEnd::How::again, "not today"};
                                                case 1:
                                                  return {JobEnd::How::later, "nobody is there"};
                                                case 2:
                                                  throw std::runtime_error("it broke");
                                                default:
                                                  return {};
                                              }
                                            }}});
  const auto id = house.make("hard");
  const auto reason = [&] { return house.column(id, "last_error"); };
  REQUIRE(house.becomes(node, id, "waiting"));
  REQUIRE(pg::eventually([&] { return reason() == "not today"; }));
  CHECK(house.column(id, "run_at > now() + interval '3 s'") == "t");
  CHECK(house.column(id, "attempts") == "1");
  const auto let_go_on = [&] { house.sql.ask("update jobs set run_at = now()"); };
  let_go_on();
  node.look();
  REQUIRE(pg::eventually([&] { return reason() == "nobody is there"; }));
  CHECK(house.column(id, "attempts") == "1");
  let_go_on();
  node.look();
  REQUIRE(pg::eventually([&] { return reason() == "it broke"; }));
  CHECK(house.column(id, "attempts") == "2");
  let_go_on();
  REQUIRE(house.becomes(node, id, "done"));
  CHECK(round == 4);
}

TEST_CASE("what will never go, or has failed 12 times, or is of no known kind, ends as a dead letter") {
  House house;
  Node node(house.conninfo, house.server,
            {{"never",
              [](const Job&) -> JobEnd {
                return {JobEnd::How::failed, "no such address"};
              }},
             {"again", [](const Job&) -> JobEnd {
                return {JobEnd::How::again, "still not"};
              }}});
  bus::Process other(house.server, {"DEAD_LETTER", "test", 100, Millis{10'000}}, {bus::dead_letter_stream(16 << 20)});
  const auto never = house.make("never");
  const auto unknown = house.make("brew");
  const auto again = house.make("again");
  house.sql.ask("update jobs set attempts = 11 where kind = 'again'");
  REQUIRE(house.becomes(node, never, "failed"));
  REQUIRE(house.becomes(node, unknown, "failed"));
  REQUIRE(house.becomes(node, again, "failed"));
  CHECK(house.column(again, "attempts") == "12");
  REQUIRE(pg::eventually([&] { return node.streams_ready.load(); }));
  node.publish("cloud.jobs.junk", "no json");
  REQUIRE(pg::eventually([&] { return other.received.size() == 4; }));
  CHECK(node.metrics.counter("epicura_dead_letters_total", "", {{"source", "job"}}).Value() == 4);
}

TEST_CASE("what could not be written comes again soon: that a job begins, how it ended, its dead letter") {
  House house;
  std::atomic<int> times{0};
  const auto ends = [&times](JobEnd::How how) { return [&times, how](const Job&) { return ++times, JobEnd{how}; }; };
  Node node(house.conninfo, house.server, {{"greet", ends(JobEnd::How::done)}, {"never", ends(JobEnd::How::failed)}},
            {}, Millis{60'000});
  node.unanswered_once = &pg::queries::begin_job;
  REQUIRE(house.becomes(node, house.make("greet"), "done"));
  CHECK(times == 1);
  node.unanswered_once = &pg::queries::end_job;
  REQUIRE(house.becomes(node, house.make("greet"), "done"));
  CHECK(times == 3);
  node.refuses_letter_once = true;
  REQUIRE(house.becomes(node, house.make("never"), "failed"));
  CHECK(times == 5);
  CHECK_FALSE(node.refuses_letter_once);
}

TEST_CASE("of two nodes one works, the other takes over what it leaves half done") {
  House house;
  std::promise<void> begun;
  std::promise<void> let_go;
  auto wait = let_go.get_future().share();
  std::atomic<int> by_second{0};
  auto first = std::make_unique<Node>(house.conninfo, house.server, JobWorks{{"slow", [&](const Job&) {
                                                                                begun.set_value();
                                                                                wait.wait();
                                                                                return JobEnd{JobEnd::How::again, "x"};
                                                                              }}});
  const auto id = house.make("slow");
  first->look();
  begun.get_future().wait();
  CHECK(house.column(id, "state") == "running");
  Node second(house.conninfo, house.server, {{"slow", [&](const Job&) {
                                                ++by_second;
                                                return JobEnd{};
                                              }}});
  let_go.set_value();
  first.reset();
  house.sql.ask("update jobs set run_at = now()");
  REQUIRE(house.becomes(second, id, "done"));
  CHECK(by_second == 1);
}

TEST_CASE("how a job ended is said by who began it last") {
  House house;
  std::promise<void> begun;
  std::promise<void> let_go;
  Node node(house.conninfo, house.server,
            {{"slow",
              [&](const Job&) {
                begun.set_value();
                let_go.get_future().wait();
                return JobEnd{JobEnd::How::again, "x"};
              }},
             {"greet", [](const Job&) { return JobEnd{}; }}});
  const auto id = house.make("slow");
  node.look();
  begun.get_future().wait();
  house.sql.ask("update jobs set attempts = attempts + 1");  // as another node does, to which it was delivered again
  let_go.set_value();
  REQUIRE(house.becomes(node, house.make("greet"), "done"));  // by the same runner, behind the other
  CHECK(house.column(id, "state") == "running");
  CHECK(house.column(id, "last_error").empty());
}

TEST_CASE(
    "what was marked and never published is found again: after five minutes, and by a process that starts, at once") {
  House house;
  const JobWorks works{{"greet", [](const Job&) { return JobEnd{}; }}};
  {
    Node node(house.conninfo, house.server, works);
    REQUIRE(house.becomes(node, house.make("greet"), "done"));  // it has looked before
    const auto id = house.make_marked("4 min");
    const auto later = house.make("greet");
    REQUIRE(house.becomes(node, later, "done"));
    CHECK(house.column(id, "state") == "queued");
    house.sql.ask("update jobs set changed_at = now() - interval '6 min'");
    CHECK(house.becomes(node, id, "done"));
  }
  const auto id = house.make_marked("0 s");
  Node next(house.conninfo, house.server, works);
  CHECK(house.becomes(next, id, "done"));
}

TEST_CASE("jobs made while nats-server is away are done when it is back") {
  House house;
  Node node(house.conninfo, house.server, {{"greet", [](const Job&) { return JobEnd{}; }}});
  REQUIRE(house.becomes(node, house.make("greet"), "done"));
  house.server.stop();
  const auto id = house.make("greet");
  node.look();
  REQUIRE(pg::eventually([&] { return house.column(id, "run_at > created_at") == "t"; }));
  CHECK(house.column(id, "state") == "waiting");
  house.server.start();
  house.sql.ask("update jobs set run_at = now()");
  CHECK(house.becomes(node, id, "done"));
}

TEST_CASE("a scheduled job comes once a period, however many nodes there are") {
  House house;
  std::atomic<int> done{0};
  const JobWorks works{{"hourly", [&](const Job&) {
                          ++done;
                          return JobEnd{};
                        }}};
  Node one(house.conninfo, house.server, works, hourly);
  Node other(house.conninfo, house.server, works, hourly);
  REQUIRE(pg::eventually([&] {
    one.look();
    other.look();
    return done > 0;
  }));
  CHECK(std::stoi(house.sql.ask("select count(*) from jobs")) <= 2);  // 2: the hour struck meanwhile
}

TEST_CASE("tidying deletes what ended long ago, and nothing else") {
  House house;
  observe::Metrics metrics;
  pg::Client database({.conninfo = house.conninfo, .name = "test"}, {}, metrics);
  REQUIRE(pg::eventually([&] { return database.connected(); }));
  house.sql.ask(
      "insert into jobs (id, kind, state, finished_at) select gen_random_uuid(), s, s, now() - a * interval '1 day' "
      "from unnest(array['done', 'failed']) s, unnest(array[1, 8, 91]) a");
  house.sql.ask("insert into users (id, email, name) values (gen_random_uuid(), 'ada@example.org', 'Ada')");
  house.sql.ask(
      "insert into token_families (id, user_id, refresh_hash, idle_until, expires_at, ended_at, address) "
      "select gen_random_uuid(), u.id, '', now() + i * interval '1 day', now() + interval '9 days', "
      "now() - e * interval '1 day', '' from users u, unnest(array[-31, -1]) i, unnest(array[null, 1, 31]) e");
  house.sql.ask(
      "insert into dead_letters (id, at, source, origin, code, detail, size, payload) select gen_random_uuid(), "
      "now() - a * interval '1 day', 'http', '', 'bad_time', '', 0, '' from unnest(array[29, 31]) a");
  Settings settings;
  settings.environment = "test";
  settings.mail_from = "Epicura <no-reply@example.org>";
  Mailer mailer(settings, metrics);
  const MailLinks links({std::string(32, 'l'), {}});
  const tests::OwnDirectory place("/tmp/epicura-tidy-XXXXXX");
  const MediaStore media(place / "media");
  const ImageDecoder decoder(media, {}, metrics);
  CHECK(jobs::tidy({settings, make_ask(database), links, mailer, media, decoder}).how == JobEnd::How::done);
  CHECK(house.sql.ask("select string_agg(state, ' ' order by state) from jobs") == "done failed failed");
  CHECK(house.sql.ask("select count(*) from token_families") == "2");
  CHECK(house.sql.ask("select count(*) from dead_letters") == "1");
  database.stop();
}
