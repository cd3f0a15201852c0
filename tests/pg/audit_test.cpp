// The audit log as the database keeps it: chained by the trigger, checked by the program, changed by nobody.
#include <limits>

#include "schema/pg/audit_queries.hpp"
#include "schema/pg/audit_rows.hpp"
#include "tests/pg/migrated.hpp"
#include "tests/pg/session.hpp"

namespace epicura::pg {

namespace {

namespace q = queries;

const Uuid ada = Uuid::v7();

AuditEntry entry(std::string action) {
  AuditEntry made;
  made.actor = AuditActor::user;
  made.actor_id = ada;
  made.action = std::move(action);
  made.address = "192.0.2.1";
  return made;
}

void append(TestClient& client, const AuditEntry& made) {
  CHECK(client.rows(q::append_audit, audit_params(made)).affected() == 1);
}

Rows whole_log(TestClient& client) {
  return client.rows(q::read_audit, params_of(std::int64_t{0}, std::int64_t{100'000}, std::nullopt, std::nullopt));
}

struct Verified {
  std::int64_t count;
  std::string fault;  // empty: whole
};

Verified verify(TestClient& client) {
  const auto rows = whole_log(client);
  AuditChain chain;
  for (int i = 0; i < rows.size(); ++i) chain.add(audit_row(rows, i));
  const auto fault = chain.finish();
  return {chain.count(), fault ? fault->sentence() : ""};
}

// As somebody with all rights over the server.
void tamper(const std::string& conninfo, const std::string& sql) {
  run_sql(conninfo, "begin; alter table audit_log disable trigger user; " + sql +
                        "; alter table audit_log enable trigger user; commit");
}

// What comes of the statement: the server's words, or nothing.
std::string refusal(const std::string& conninfo, const std::string& sql) {
  try {
    run_sql(conninfo, sql);
    return {};
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

bool is_refused(const std::string& conninfo, const std::string& sql, std::string_view why) {
  const auto words = refusal(conninfo, sql);
  INFO(sql, ": ", words);
  return words.find(why) != std::string::npos;
}

std::string as_role(const std::string& role, const std::string& database) {
  return fmt::format("postgresql://{}@127.0.0.1:{}/{}?sslmode=disable", role, PrivatePostgres::instance().port(),
                     database);
}

// A database that belongs to a new role, without any rights of its own, and was migrated by it.
std::string database_of(const std::string& role, const std::string& rights) {
  auto& server = PrivatePostgres::instance();
  run_sql(server.conninfo("postgres"), "create role " + role + " login; " + rights);
  run_sql(server.conninfo("postgres"), "create database " + role + " owner " + role);
  auto conninfo = as_role(role, role);
  const auto report = migrate(conninfo);
  INFO(report.message);
  REQUIRE(report.ok());
  return conninfo;
}

}  // namespace

TEST_CASE("audit: writers at the same time make one chain without a gap") {
  const auto conninfo = migrated_database("audit_writers");
  constexpr int writers = 4, each = 100;
  std::vector<std::unique_ptr<TestClient>> clients;
  std::vector<std::future<Outcome>> outcomes;
  for (int i = 0; i < writers; ++i) clients.push_back(std::make_unique<TestClient>(conninfo));
  for (int n = 0; n < each; ++n) {
    for (auto& client : clients) {
      const auto made = entry("auth.login" + std::to_string(n));
      outcomes.push_back(client->submit(q::append_audit, audit_params(made)));
    }
  }
  for (auto& outcome : outcomes) CHECK(get(outcome).ok());
  const auto found = verify(*clients[0]);
  CHECK(found.fault == "");
  CHECK(found.count == writers * each);
}

TEST_CASE("audit: a transaction that is undone leaves no hole, and several rows of one statement follow each other") {
  const auto conninfo = migrated_database("audit_undone");
  TestClient client(conninfo);
  append(client, entry("a.first"));
  run_sql(conninfo,
          "begin; insert into audit_log (actor_kind, action, outcome) values ('nobody', 'x', 'done'); rollback");
  run_sql(conninfo,
          "insert into audit_log (actor_kind, action, outcome) select 'system', 'n.' || n, 'done' "
          "from generate_series(1, 20) n");
  append(client, entry("a.last"));
  const auto found = verify(client);
  CHECK(found.fault == "");
  CHECK(found.count == 22);
}

TEST_CASE("audit: a transaction with an older view of the log is refused, and breaks nothing") {
  const auto conninfo = migrated_database("audit_snapshot");
  TestClient client(conninfo);
  append(client, entry("a.first"));
  Session old(conninfo);
  old.ask("begin isolation level repeatable read");
  old.ask("select count(*) from audit_log");
  append(client, entry("a.second"));
  CHECK_THROWS(old.ask("insert into audit_log (actor_kind, action, outcome) values ('nobody', 'x', 'done')"));
  old.ask("rollback");
  append(client, entry("a.third"));
  CHECK(verify(client).fault == "");
}

TEST_CASE("audit: the program computes each row's hash as the database does, and reads what was written") {
  const auto conninfo = migrated_database("audit_hashes");
  TestClient client(conninfo);
  AuditEntry bare;
  bare.action = "auth.login_failed";
  bare.outcome = AuditOutcome::failed;
  append(client, bare);
  AuditEntry full = entry("device.renamed");
  full.actor = AuditActor::operator_;
  full.target_kind = "device";
  full.target_id = "Grüße, 世界 \U0001F373";
  full.request_id = "";
  full.outcome = AuditOutcome::denied;
  full.detail = R"({"b": [1.00, 1e3, null, "\u00fc\n\"\\"], "a": {"deep": true}, "a": 12345678901234567890.5})";
  append(client, full);
  for (const auto actor : {AuditActor::nobody, AuditActor::user, AuditActor::admin, AuditActor::device,
                           AuditActor::api_key, AuditActor::system, AuditActor::operator_}) {
    auto of_kind = entry("a.b");
    of_kind.actor = actor;
    append(client, of_kind);
  }
  // Whatever the writer's session says of times, bytes and letters.
  run_sql(
      conninfo,
      "set timezone = 'Asia/Kolkata'; set datestyle = 'German'; set bytea_output = 'escape'; set client_encoding = "
      "'LATIN1'; set extra_float_digits = 0; insert into audit_log (actor_kind, action, target_id, outcome, detail) "
      "values ('user', 'x', U&'\\00fc', 'done', '{\"pi\": 3.141592653589793}')");
  const auto rows = whole_log(client);
  REQUIRE(rows.size() == 10);
  for (int i = 0; i < rows.size(); ++i) {
    const auto row = audit_row(rows, i);
    CHECK(row.hash == audit_hash(row));
  }
  CHECK(verify(client).fault == "");
  const auto first = audit_row(rows, 0), second = audit_row(rows, 1);
  CHECK(first.seq == 1);
  CHECK(first.actor_kind == "nobody");
  CHECK_FALSE(first.actor_id);
  CHECK_FALSE(first.target_id);
  CHECK_FALSE(first.address);
  CHECK(first.outcome == "failed");
  CHECK(first.detail == "{}");
  CHECK(first.prev_hash == std::string(32, '\0'));
  CHECK(second.actor_id == ada);
  CHECK(second.target_id == *full.target_id);
  CHECK(second.request_id == "");
  CHECK(second.address == "192.0.2.1");
  CHECK(second.outcome == "denied");
  CHECK(second.prev_hash == first.hash);
  CHECK(second.at == std::chrono::floor<Millis>(second.at));
  CHECK(std::chrono::abs(second.at - now()) < std::chrono::minutes{1});
}

TEST_CASE("audit: a writer chooses neither number nor time nor hash") {
  const auto conninfo = migrated_database("audit_chosen");
  TestClient client(conninfo);
  append(client, entry("a.first"));
  run_sql(conninfo,
          "insert into audit_log (seq, at, prev_hash, hash, actor_kind, action, outcome) "
          "values (77, '2001-01-01', 'x', 'y', 'nobody', 'x', 'done')");
  append(client, entry("a.last"));
  const auto rows = whole_log(client);
  CHECK(audit_row(rows, 1).seq == 2);
  CHECK(audit_row(rows, 1).at > at("2020-01-01T00:00:00Z"));
  CHECK(verify(client).fault == "");
}

TEST_CASE("audit: even a superuser changes and removes nothing in passing") {
  const auto conninfo = migrated_database("audit_refused");
  TestClient client(conninfo);
  append(client, entry("a.first"));
  for (const char* sql :
       {"update audit_log set action = 'x'", "update audit_log set seq = 2", "update audit_log set address = '::1'",
        "update audit_log set address = null, detail = '{\"a\": 1}'", "delete from audit_log",
        "delete from audit_log where false", "truncate audit_log", "truncate audit_log cascade"}) {
    CHECK(is_refused(conninfo, sql, "audit_log takes new rows only"));
  }
  CHECK(verify(client).count == 1);
  CHECK(verify(client).fault == "");
  // What is no entry does not come in either.
  for (const char* values : {"'somebody', 'x', 'done', '{}'", "'user', 'x', 'gone', '{}'", "'user', 'x', 'done', '[]'"})
    CHECK(is_refused(conninfo,
                     fmt::format("insert into audit_log (actor_kind, action, outcome, detail) values ({})", values),
                     "check constraint"));
}

TEST_CASE("audit: what somebody changes who takes the triggers away is found") {
  const auto conninfo = migrated_database("audit_tampered");
  TestClient client(conninfo);
  for (int i = 1; i <= 9; ++i) append(client, entry("a.b" + std::to_string(i)));
  REQUIRE(verify(client).fault == "");
  const auto found = [&](const std::string& sql) {
    tamper(conninfo, "create table kept as table audit_log; " + sql);
    auto fault = verify(client).fault;
    tamper(conninfo, "delete from audit_log; insert into audit_log table kept; drop table kept");
    return fault;
  };
  CHECK(found("update audit_log set action = 'a.c' where seq = 4") == "entry 4 is not what was written");
  CHECK(found("update audit_log set actor_id = null where seq = 4") == "entry 4 is not what was written");
  CHECK(found("update audit_log set at = at + interval '1 us' where seq = 4") == "entry 4 is not what was written");
  CHECK(found("update audit_log set detail = '{\"a\": 1}' where seq = 9") == "entry 9 is not what was written");
  CHECK(found("update audit_log set hash = sha256('x') where seq = 4") == "entry 4 is not what was written");
  CHECK(found("update audit_log set prev_hash = sha256('x') where seq = 4") ==
        "entry 4 does not follow the one before it");
  CHECK(found("delete from audit_log where seq = 4") == "entry 4 is missing");
  CHECK(found("delete from audit_log where seq = 1") == "entry 1 is missing");
  CHECK(found("update audit_log set seq = case seq when 4 then -5 else 4 end where seq in (4, 5); "
              "update audit_log set seq = 5 where seq = -5") == "entry 4 does not follow the one before it");
  CHECK(found("update audit_log set seq = -seq where seq > 3; update audit_log set seq = 1 - seq where seq < 0; insert "
              "into audit_log select 4, at, actor_kind, actor_id, 'slipped.in', null, null, null, null, outcome, "
              "detail, hash, sha256('x') from audit_log where seq = 3") == "entry 4 is not what was written");
  CHECK(verify(client).fault == "");
  append(client, entry("a.last"));
  CHECK(verify(client).fault == "");
}

TEST_CASE("audit: a user's addresses are forgotten, and the chain stays whole") {
  const auto conninfo = migrated_database("audit_forgotten");
  TestClient client(conninfo);
  append(client, entry("auth.login"));
  auto other = entry("auth.login");
  other.actor_id = Uuid::v7();
  append(client, other);
  auto failed = entry("auth.login_failed");
  failed.actor = AuditActor::nobody;
  failed.actor_id.reset();
  failed.target_kind = "user";
  failed.target_id = ada.str();
  append(client, failed);
  auto by_admin = other;
  by_admin.actor = AuditActor::admin;
  by_admin.target_kind = "user";
  by_admin.target_id = ada.str();
  append(client, by_admin);
  CHECK(client.rows(q::forget_audit_addresses, params_of(ada)).int8(0, 0) == 2);
  const auto rows = whole_log(client);
  CHECK_FALSE(audit_row(rows, 0).address);
  CHECK(audit_row(rows, 1).address);
  CHECK_FALSE(audit_row(rows, 2).address);
  CHECK(audit_row(rows, 3).address);  // the admin's own
  CHECK(verify(client).fault == "");
  CHECK(client.rows(q::forget_audit_addresses, params_of(ada)).int8(0, 0) == 0);
}

TEST_CASE("audit: pages of entries, the newest first, by whom, what, to what and when") {
  const auto conninfo = migrated_database("audit_pages");
  TestClient client(conninfo);
  const auto other = Uuid::v7();
  for (int i = 1; i <= 12; ++i) {
    auto made = entry(i % 2 == 0 ? "auth.login" : "user.renamed");
    if (i % 3 == 0) made.actor_id = other;
    made.target_kind = i % 4 == 0 ? "device" : "user";
    made.target_id = "t" + std::to_string(i % 5);
    append(client, made);
  }
  const auto seqs = [&client](const Statement& statement, const Params& params) {
    const auto rows = client.rows(statement, params);
    std::string text;
    for (int i = 0; i < rows.size(); ++i) text += std::to_string(audit_row(rows, i).seq) + " ";
    return text;
  };
  constexpr std::int64_t from_the_end = std::numeric_limits<std::int64_t>::max(), many = 100;
  constexpr auto any = std::nullopt;
  CHECK(seqs(q::list_audit, params_of(from_the_end, std::int64_t{5}, any, any, any, any, any, any)) == "12 11 10 9 8 ");
  CHECK(seqs(q::list_audit, params_of(std::int64_t{8}, std::int64_t{5}, any, any, any, any, any, any)) == "7 6 5 4 3 ");
  CHECK(seqs(q::list_audit, params_of(from_the_end, many, std::string_view("auth."), any, any, any, any, any)) ==
        "12 10 8 6 4 2 ");
  CHECK(seqs(q::list_audit, params_of(from_the_end, many, any, any, any, any, std::string_view("device"), any)) ==
        "12 8 4 ");
  for (const auto* statement : {&q::list_audit, &q::list_audit_of_actor})
    CHECK(seqs(*statement, params_of(from_the_end, many, any, any, any, other, any, any)) == "12 9 6 3 ");
  for (const auto* statement : {&q::list_audit, &q::list_audit_of_target})
    CHECK(seqs(*statement, params_of(from_the_end, many, any, any, any, any, std::string_view("user"),
                                     std::string_view("t2"))) == "7 2 ");
  CHECK(seqs(q::list_audit_of_actor, params_of(from_the_end, many, std::string_view("auth."), any, any, other, any,
                                               std::string_view("t2"))) == "12 ");
  const auto rows = whole_log(client);
  const auto fifth = std::chrono::floor<Millis>(audit_row(rows, 4).at);
  const auto since = seqs(q::list_audit, params_of(from_the_end, many, any, fifth, any, any, any, any));
  const auto before = seqs(q::list_audit, params_of(from_the_end, many, any, any, fifth, any, any, any));
  CHECK(since.find(" 5 ") != std::string::npos);
  CHECK(before.find("5 ") == std::string::npos);
  CHECK(since + before == "12 11 10 9 8 7 6 5 4 3 2 1 ");
}

TEST_CASE("audit: where the role cannot be made the triggers guard the log, and somebody is told") {
  const auto conninfo = database_of("audit_plain", "");
  TestClient client(conninfo);
  append(client, entry("a.first"));
  const auto guards = client.rows(q::audit_guards);
  CHECK(guards.text(0, 0) == "audit_plain");
  CHECK(guards.boolean(0, 1));
  CHECK(guards.int8(0, 2) == 3);
  for (const char* sql : {"update audit_log set action = 'x'", "delete from audit_log", "truncate audit_log"})
    CHECK(is_refused(conninfo, sql, "permission denied"));
  CHECK(client.rows(q::forget_audit_addresses, params_of(ada)).int8(0, 0) == 1);
  CHECK(verify(client).fault == "");
}

TEST_CASE("audit: the log's own role owns it, and who writes it can do nothing else") {
  migrated_database("audit_maker");  // makes the role
  const auto conninfo = database_of("audit_member", "grant epicura_audit to audit_member");
  run_sql(PrivatePostgres::instance().conninfo("postgres"),
          "revoke epicura_audit from audit_member");  // it was needed to migrate
  TestClient client(conninfo);
  append(client, entry("a.first"));
  run_sql(conninfo, "grant all on audit_log to audit_member");  // warns, and grants nothing
  const auto guards = client.rows(q::audit_guards);
  CHECK(guards.text(0, 0) == "epicura_audit");
  CHECK_FALSE(guards.boolean(0, 1));
  CHECK(guards.int8(0, 2) == 3);
  for (const char* sql : {"update audit_log set action = 'x'", "update audit_log set address = null",
                          "delete from audit_log", "truncate audit_log", "set role epicura_audit",
                          "insert into audit_log table audit_log on conflict (seq) do update set action = 'x'"})
    CHECK(is_refused(conninfo, sql, "permission denied"));
  for (const char* sql :
       {"alter table audit_log disable trigger user", "drop trigger audit_log_chain on audit_log",
        "alter table audit_log add column x int",
        "create or replace function audit_log_refuse() returns trigger language plpgsql as 'begin return new; end'",
        "alter function audit_log_chain() set search_path = x"})
    CHECK_FALSE(refusal(conninfo, sql).empty());
  // Nothing that a writer's own session names is taken for the log's.
  run_sql(
      conninfo,
      "create temp table audit_log (seq bigint, hash bytea, address text, actor_id uuid, target_id text, target_kind "
      "text, actor_kind text); insert into pg_temp.audit_log values (500, 'x'); "
      "insert into public.audit_log (actor_kind, action, outcome) values ('nobody', 'x', 'done')");
  CHECK(client.rows(q::forget_audit_addresses, params_of(ada)).int8(0, 0) == 1);
  const auto found = verify(client);
  CHECK(found.fault == "");
  CHECK(found.count == 2);
}

}  // namespace epicura::pg
