#include "schema/pg/pipeline.hpp"

#include <libpq-fe.h>

namespace epicura::pg {

namespace {

// Since version 17 libpq can leave the Sync in its buffer until the flush; before, each one is a write of its own
// (keeping those together by TCP_CORK gave nothing that could be measured).
bool put_sync(PGconn* conn) {
#ifdef LIBPQ_HAS_SEND_PIPELINE_SYNC
  return PQsendPipelineSync(conn) == 1;
#else
  return PQpipelineSync(conn) == 1;
#endif
}

bool put_execute(PGconn* conn, const Statement& statement, const Params& params) {
  const auto count = params.size();
  std::vector<const char*> values(count);
  std::vector<int> lengths(count), formats(count, 1);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = params.is_null(i) ? nullptr : params.data(i);
    lengths[i] = params.length(i);
  }
  return PQsendQueryPrepared(conn, statement.name, static_cast<int>(count), values.data(), lengths.data(),
                             formats.data(), 1) == 1;
}

std::string field(const pg_result* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string() : text;
}

}  // namespace

bool Pipeline::broken() {
  if (error_.empty()) error_ = last_error(conn_);
  return false;
}

bool Pipeline::prepare(const Statement& statement, SteadyTime due) {
  const auto [known, is_new] = prepared_.try_emplace(statement.name);
  if (!is_new && known->second.usable) return true;
  known->second.usable = true;
  sent_.push_back({.statements = {}, .prepares = &statement, .done = {}, .due = due, .outcome = {}});
  return PQsendPrepare(conn_, statement.name, statement.sql, 0, nullptr) == 1 && put_sync(conn_);
}

bool Pipeline::send(Unit unit) {
  bool sent = true;
  for (const auto& [statement, params] : unit.statements) sent = sent && prepare(*statement, unit.due);
  sent_.push_back(std::move(unit));
  if (!sent) return broken();
  for (auto& [statement, params] : sent_.back().statements) {
    if (!put_execute(conn_, *statement, params)) return broken();
    params = Params();  // libpq has its copy
  }
  return put_sync(conn_) || broken();
}

Pipeline::Flush Pipeline::flush() {
  switch (PQflush(conn_)) {
    case 0:
      return Flush::done;
    case 1:
      return Flush::blocked;
    default:
      broken();
      return Flush::broken;
  }
}

bool Pipeline::receive(const std::function<void(Unit)>& complete) {
  const bool readable = PQconsumeInput(conn_) == 1 || broken();
  int ends = 0;  // libpq ends each statement's results with a null; two in a row say that nothing more is there
  while (!sent_.empty() && ends < 2 && PQisBusy(conn_) == 0) {
    pg_result* result = PQgetResult(conn_);
    if (result == nullptr) {
      ++ends;
      continue;
    }
    ends = 0;
    Rows rows(result);
    Unit& unit = sent_.front();
    switch (PQresultStatus(result)) {
      case PGRES_COMMAND_OK:
      case PGRES_TUPLES_OK:
        if (unit.prepares == nullptr) unit.outcome.results.push_back(std::move(rows));
        break;
      case PGRES_PIPELINE_ABORTED:  // behind a refused statement of the same unit
        break;
      case PGRES_PIPELINE_SYNC: {
        Unit done = std::move(unit);
        sent_.pop_front();
        if (done.prepares != nullptr) {
          settle_prepare(done);
        } else {
          if (!done.outcome.ok()) explain_unprepared(done);
          complete(std::move(done));
        }
        break;
      }
      default:
        if (fatal(result)) return false;
        refuse(unit, result);
    }
  }
  return readable;
}

bool Pipeline::fatal(const pg_result* error) {
  const auto severity = field(error, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity != "FATAL" && severity != "PANIC" && !field(error, PG_DIAG_SQLSTATE).empty()) return false;
  error_ = field(error, PG_DIAG_MESSAGE_PRIMARY);
  broken();
  return true;
}

void Pipeline::refuse(Unit& unit, const pg_result* error) {
  auto& outcome = unit.outcome;
  if (outcome.failure) return;
  outcome.failure = Failure::refused;
  outcome.results.clear();
  outcome.sqlstate = field(error, PG_DIAG_SQLSTATE);
  outcome.constraint = field(error, PG_DIAG_CONSTRAINT_NAME);
  outcome.message = field(error, PG_DIAG_MESSAGE_PRIMARY);
  const auto detail = field(error, PG_DIAG_MESSAGE_DETAIL);
  if (!detail.empty()) outcome.message += " (" + detail + ")";
}

void Pipeline::settle_prepare(const Unit& unit) {
  auto& prepared = prepared_[unit.prepares->name];
  prepared.usable = unit.outcome.ok();
  prepared.failed = unit.outcome;
}

void Pipeline::explain_unprepared(Unit& unit) {
  if (unit.outcome.sqlstate != "26000") return;
  for (const auto& [statement, params] : unit.statements) {
    const auto& failed = prepared_[statement->name].failed;
    if (failed.ok()) continue;
    unit.outcome = failed;
    return;
  }
}

std::deque<Unit> Pipeline::take_all() {
  std::erase_if(sent_, [](const Unit& unit) { return unit.prepares != nullptr; });
  return std::move(sent_);
}

}  // namespace epicura::pg
