// The list of what is kept of a person, against the database as the migrations make it.
#include "schema/pg/personal_data.hpp"

#include <map>
#include <set>
#include <thread>

#include <libpq-fe.h>

#include "schema/pg/deletion_queries.hpp"
#include "tests/pg/migrated.hpp"

namespace epicura::pg {

namespace {

const std::string& database() {
  static const std::string conninfo = migrated_database("personal_data");
  return conninfo;
}

const PersonalData& listed(std::string_view table) {
  static const PersonalData none;
  for (const auto& data : personal_data)
    if (data.table == table) return data;
  return none;
}

}  // namespace

TEST_CASE("every table is in the list of what is kept of a person, and no other") {
  std::set<std::string> in_database;
  const auto tables = run_sql(database(),
                              "select relname from pg_class where relnamespace = 'public'::regnamespace "
                              "and relkind in ('r', 'p') and not relispartition");
  for (int row = 0; row < tables.size(); ++row) in_database.emplace(tables.text(row, 0));
  std::set<std::string> in_list;
  for (const auto& data : personal_data) CHECK_MESSAGE(in_list.emplace(data.table).second, data.table);
  for (const auto& table : in_database)
    CHECK_MESSAGE(in_list.contains(table), table, ": say in personal_data.hpp what it keeps of a person");
  for (const auto& table : in_list) CHECK_MESSAGE(in_database.contains(table), table);
}

TEST_CASE("a column that names a user is let go as the list says") {
  const std::map<std::string_view, AtErasure> by_rule{{"c", AtErasure::goes_with_user}, {"n", AtErasure::unlink}};
  const auto keys = run_sql(database(),
                            "select conrelid::regclass::text, confdeltype::text from pg_constraint "
                            "where contype = 'f' and confrelid = 'users'::regclass and conparentid = 0");
  REQUIRE(keys.size() > 0);
  for (int row = 0; row < keys.size(); ++row) {
    const std::string table(keys.text(row, 0));
    const auto rule = by_rule.find(keys.text(row, 1));
    REQUIRE_MESSAGE(rule != by_rule.end(), table, ": neither on delete cascade nor on delete set null");
    CHECK_MESSAGE(listed(table).at_erasure == rule->second, table);
  }
}

TEST_CASE("what is kept of a person is given out, and has the means of its end") {
  TestClient client(database());
  for (const auto& data : personal_data) {
    CAPTURE(data.table);
    const bool has_person = data.at_erasure != AtErasure::nobody_here;
    CHECK((data.export_rows != nullptr) == has_person);
    CHECK(data.name.empty() != has_person);
    const bool by_statement = data.at_erasure == AtErasure::delete_rows || data.at_erasure == AtErasure::keep_pseudonym;
    CHECK((data.erase != nullptr) == by_statement);
    for (const auto* statement : {data.export_rows, data.at_deletion, data.erase}) {
      if (!statement) continue;
      const auto rows = client.rows(*statement, params_of(Uuid::v7()));
      if (statement == data.export_rows) CHECK(rows.text(0, 0) == "[]");
    }
  }
  CHECK(personal_data.back().table == "users");
}

TEST_CASE("a session that begins while its user deletes the account is ended with the others") {
  TestClient client(database());
  const auto user = Uuid::v7();
  run_sql(database(), "insert into users (id, email, name, password_hash) values ('" + user.str() +
                          "', 'race@example.org', 'Ada', 'hash')");
  const auto family = Uuid::v7();
  std::promise<void> let_go;
  // As begin_family does it: the user's row, and then the session's.
  std::promise<void> begun;
  std::thread beginning([&] {
    const std::unique_ptr<PGconn, void (*)(PGconn*)> conn(PQconnectdb(database().c_str()), PQfinish);
    const auto run = [&](const std::string& sql) { PQclear(PQexec(conn.get(), sql.c_str())); };
    run("begin; select from users where id = '" + user.str() + "' for key share");
    run("insert into token_families (id, user_id, refresh_hash, idle_until, expires_at, address) values ('" +
        family.str() + "', '" + user.str() + "', '', now() + interval '1 day', now() + interval '1 day', '')");
    begun.set_value();
    let_go.get_future().wait();
    run("commit");
  });
  begun.get_future().wait();
  auto deletion = client.submit({{&queries::lock_leaving_user, params_of(user)},
                                 {&queries::mark_deleted, params_of(user, Uuid::v7())},
                                 {&queries::end_families_at_deletion, params_of(user)}});
  CHECK(eventually([] {
    return run_sql(database(), "select count(*)::text from pg_stat_activity where wait_event_type = 'Lock'")
               .text(0, 0) == "1";
  }));
  let_go.set_value();
  const auto done = get(deletion);
  beginning.join();
  REQUIRE(done.ok());
  REQUIRE(done.results[2].size() == 1);
  CHECK(done.results[2].uuid(0, 0) == family);
}

}  // namespace epicura::pg
