#include "schema/pg/migrate.hpp"

#include <memory>
#include <stdexcept>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <openssl/evp.h>

#include "schema/observe/log.hpp"
#include "schema/pg/conninfo.hpp"
#include "schema/pg/link.hpp"

namespace epicura::pg {

namespace {

// Waiting for another process that migrates. (The numbers of the program's advisory locks are in queries.hpp.)
constexpr const char* take_turn = "set lock_timeout = '60s'; select pg_advisory_lock(1701865827, 2)";
// A step that cannot have its table soon gives up: behind a waiting lock everybody else would wait too.
constexpr const char* begin_step = "begin; set local lock_timeout = '5s'; set local statement_timeout = 0";
// Looked for first, so that a run that has nothing to do needs no right to create.
constexpr const char* find_record = "select to_regclass('schema_migrations') is not null";
constexpr const char* make_record =
    "create table if not exists schema_migrations ("
    "number integer primary key, name text not null, checksum text not null, "
    "applied_at timestamptz not null default now())";

struct Refused : std::runtime_error {
  Refused(Failure why, const std::string& message) : std::runtime_error(message), failure(why) {}
  Failure failure;
};

std::string checksum(std::string_view sql) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(sql.data(), sql.size(), digest, &size, EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
  std::string text;
  for (unsigned i = 0; i < size; ++i) fmt::format_to(std::back_inserter(text), "{:02x}", digest[i]);
  return text;
}

std::string title(const Migration& step) {
  return fmt::format("{:04} {}", step.number, step.name);
}

// A blocking connection with text results.
class Session {
 public:
  explicit Session(const std::string& text) {
    Conninfo conninfo(text);
    conninfo.set("application_name", "epicura-migrate");
    conninfo.set_default("connect_timeout", "10");
    conn_.reset(conninfo.connect());
    if (PQstatus(conn_.get()) != CONNECTION_OK) throw Refused(Failure::away, last_error(conn_.get()));
    PQsetNoticeProcessor(
        conn_.get(), [](void*, const char* message) { log::debug("pg", "notice: {}", message); }, nullptr);
  }

  std::shared_ptr<PGresult> run(const std::string& sql, const std::string& what) {
    return checked(PQexec(conn_.get(), sql.c_str()), what);
  }

  void record(const Migration& step) {
    const auto number = std::to_string(step.number);
    const auto sum = checksum(step.sql);
    const char* values[] = {number.c_str(), step.name, sum.c_str()};
    checked(PQexecParams(conn_.get(), "insert into schema_migrations (number, name, checksum) values ($1, $2, $3)", 3,
                         nullptr, values, nullptr, nullptr, 0),
            title(step));
  }

 private:
  std::shared_ptr<PGresult> checked(PGresult* raw, const std::string& what) {
    std::shared_ptr<PGresult> result(raw, PQclear);
    const auto status = PQresultStatus(raw);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return result;
    const char* code = PQresultErrorField(raw, PG_DIAG_SQLSTATE);
    const std::string_view sqlstate = code == nullptr ? "" : code;
    const auto failure = PQstatus(conn_.get()) != CONNECTION_OK ? Failure::away
                         : sqlstate == "55P03"                  ? Failure::timeout  // lock_not_available
                                                                : Failure::refused;
    throw Refused(failure, fmt::format("{}: {}", what, last_error(conn_.get())));
  }

  std::unique_ptr<PGconn, void (*)(PGconn*)> conn_{nullptr, PQfinish};
};

// How many steps the database has, once every record has been found to be of this program.
std::size_t check_record(Session& session, std::span<const Migration> wanted) {
  const auto rows =
      session.run("select number, name, checksum from schema_migrations order by number", "schema_migrations");
  std::size_t place = 0;
  for (int row = 0; row < PQntuples(rows.get()); ++row, ++place) {
    const std::string number = PQgetvalue(rows.get(), row, 0), name = PQgetvalue(rows.get(), row, 1);
    if (place == wanted.size()) {
      throw Refused(Failure::refused,
                    fmt::format("the database has migration {} ({}), which this program does not know: the database "
                                "is newer, run the newer program",
                                number, name));
    }
    const Migration& step = wanted[place];
    if (std::to_string(step.number) != number) {
      throw Refused(Failure::refused, fmt::format("the database has migration {} ({}) where this program has {}: a "
                                                  "migration may only be added behind the others",
                                                  number, name, title(step)));
    }
    if (checksum(step.sql) != PQgetvalue(rows.get(), row, 2)) {
      throw Refused(Failure::refused, fmt::format("migration {} is not the one that was applied to this database: an "
                                                  "applied migration is never changed, add another behind it",
                                                  title(step)));
    }
  }
  return place;
}

}  // namespace

MigrationReport migrate(const std::string& conninfo, std::span<const Migration> wanted) {
  MigrationReport report;
  try {
    Session session(conninfo);
    session.run(take_turn, "waiting for another process that migrates");
    const auto found = session.run(find_record, "schema_migrations");
    if (std::string_view(PQgetvalue(found.get(), 0, 0)) != "t") session.run(make_record, "schema_migrations");
    const auto done = check_record(session, wanted);
    if (done > 0) report.version = wanted[done - 1].number;
    for (const Migration& step : wanted.subspan(done)) {
      session.run(begin_step, title(step));
      session.run(step.sql, title(step));
      session.record(step);
      session.run("commit", title(step));
      report.version = step.number;
      report.applied.push_back(title(step));
      log::info("pg", "migration {} applied", report.applied.back());
    }
  } catch (const Refused& error) {
    report.failure = error.failure;
    report.message = error.what();
  } catch (const std::invalid_argument& error) {
    report.failure = Failure::refused;
    report.message = error.what();
  }
  return report;
}

}  // namespace epicura::pg
