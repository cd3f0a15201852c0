#include "schema/pg/pipeline.hpp"

#include <libpq-fe.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <memory>

#include <fmt/format.h>

namespace epicura::pg {

namespace {

constexpr std::size_t group_limit = 32;  // 64 saved nothing that could be measured, and the first waits for the last
constexpr std::size_t window = 256;      // units
constexpr int reads_before_counting = 32;
constexpr int least_read = 8192;  // what libpq takes of a socket at a time, if it is there; at times it is more

// Since version 17 libpq can leave the Sync in its buffer until the flush; before, each one is a write of its own
// (keeping those together by TCP_CORK gave nothing that could be measured).
bool put_sync(PGconn* conn) {
#ifdef LIBPQ_HAS_SEND_PIPELINE_SYNC
  return PQsendPipelineSync(conn) == 1;
#else
  return PQpipelineSync(conn) == 1;
#endif
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

bool Pipeline::full() const {
  return sent_.size() >= window;
}

// --- there ---------------------------------------------------------------------------------------------------------

bool Pipeline::close_group() {
  if (group_ == 0) return true;
  group_ = 0;
  sent_.back().closes = true;
  return put_sync(conn_);
}

bool Pipeline::put_own(Unit::Purpose purpose, const Statement& statement, SteadyTime due) {
  Unit unit;
  unit.purpose = purpose;
  unit.subject = &statement;
  unit.due = due;
  unit.closes = true;
  unit.number = ++numbered_;
  sent_.push_back(std::move(unit));
  const bool put = purpose == Unit::Purpose::parse
                       ? PQsendPrepare(conn_, statement.name, statement.sql, 0, nullptr) == 1
                       : PQsendQueryParams(conn_, fmt::format("deallocate \"{}\"", statement.name).c_str(), 0, nullptr,
                                           nullptr, nullptr, nullptr, 0) == 1;
  return put && put_sync(conn_);
}

bool Pipeline::prepare(const Statement& statement, SteadyTime due) {
  auto& known = prepared_[statement.name];
  if (known.state == Prepared::State::ready) return true;
  if (!close_group()) return false;
  if (known.state == Prepared::State::stale && !put_own(Unit::Purpose::deallocate, statement, due)) return false;
  if (!put_own(Unit::Purpose::parse, statement, due)) return false;
  known.state = Prepared::State::ready;
  known.number = numbered_;
  return true;
}

bool Pipeline::put_execute(const Statement& statement, const Params& params) {
  const auto count = params.size();
  values_.resize(count);
  lengths_.resize(count);
  formats_.assign(count, 1);
  for (std::size_t i = 0; i < count; ++i) {
    values_[i] = params.is_null(i) ? nullptr : params.data(i);
    lengths_[i] = params.length(i);
  }
  return PQsendQueryPrepared(conn_, statement.name, static_cast<int>(count), values_.data(), lengths_.data(),
                             formats_.data(), 1) == 1;
}

bool Pipeline::send(Unit unit) {
  const bool shares = unit.point_reads && !unit.alone;
  bool sent = shares || close_group();
  for (const auto& [statement, params] : unit.statements) sent = sent && prepare(*statement, unit.due);
  unit.closes = false;
  unit.results = 0;
  unit.number = ++numbered_;
  sent_.push_back(std::move(unit));
  for (const auto& [statement, params] : sent_.back().statements) sent = sent && put_execute(*statement, params);
  ++group_;
  if (!shares || group_ == group_limit) sent = sent && close_group();
  return sent || broken();
}

Pipeline::Flush Pipeline::flush() {
  const int left = close_group() ? PQflush(conn_) : -1;
  if (left == 0) return Flush::done;
  if (left == 1) return Flush::blocked;
  broken();
  return Flush::broken;
}

// --- and back ------------------------------------------------------------------------------------------------------

bool Pipeline::receive(SteadyTime now, const Complete& complete) {
  int arrived = 0;
  if (++reads_ > reads_before_counting && ioctl(PQsocket(conn_), FIONREAD, &arrived) == 0) {
    result_bytes_ += static_cast<std::size_t>(std::min(arrived, least_read));
  }
  const bool readable = PQconsumeInput(conn_) == 1 || broken();
  const auto before = sent_.size();
  int ends = 0;  // libpq ends each statement's results with a null; two in a row say that nothing more is there
  while (!sent_.empty() && ends < 2 && PQisBusy(conn_) == 0) {
    pg_result* result = PQgetResult(conn_);
    if (result == nullptr) {
      ++ends;
      continue;
    }
    ends = 0;
    if (!take_result(result, complete)) return false;
  }
  if (sent_.size() != before) {
    moved_ = now;
    reads_ = 0;
    result_bytes_ = 0;
  } else if (result_bytes_ > max_result_bytes_) {
    refuse_too_large();
    return false;
  }
  return readable;
}

bool Pipeline::take_result(pg_result* result, const Complete& complete) {
  std::unique_ptr<pg_result, void (*)(pg_result*)> owned(result, PQclear);
  Unit& unit = sent_.front();
  switch (PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC:
      end_unit(complete);
      return true;
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
      if (unit.purpose == Unit::Purpose::work && !unit.abandoned) unit.outcome.results.emplace_back(owned.release());
      break;
    case PGRES_PIPELINE_ABORTED:  // behind a refused statement of the same unit, or of a neighbour
      unit.bystander = unit.outcome.ok();
      break;
    default:
      if (fatal(result)) return false;
      refuse(unit, result);
  }
  ++unit.results;
  if (!unit.closes && unit.results == unit.statements.size()) end_unit(complete);
  return true;
}

void Pipeline::end_unit(const Complete& complete) {
  Unit unit = std::move(sent_.front());
  sent_.pop_front();
  if (unit.purpose == Unit::Purpose::parse) settle_parse(unit);
  if (unit.purpose != Unit::Purpose::work || unit.abandoned) return;
  if (unit.bystander) {
    unit.bystander = false;
    unit.alone = true;
    unit.outcome = {};
    again_.push_back(std::move(unit));
    return;
  }
  if (!unit.outcome.ok()) {
    explain_unprepared(unit);
    if (renew(unit)) {
      unit.repeated = true;
      unit.outcome = {};
      again_.push_back(std::move(unit));
      return;
    }
  }
  complete(std::move(unit));
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
  unit.failed = unit.results;
}

// What has become too large for us has no end that could be waited for: the connection goes with it.
void Pipeline::refuse_too_large() {
  Unit& unit = sent_.front();
  error_ = fmt::format("a result of more than {} bytes", max_result_bytes_);
  if (unit.outcome.failure) return;
  unit.outcome.results.clear();
  unit.outcome.failure = Failure::refused;
  unit.outcome.sqlstate = "54000";  // program_limit_exceeded
  unit.outcome.message = error_;
}

void Pipeline::settle_parse(const Unit& unit) {
  auto& prepared = prepared_[unit.subject->name];
  if (!unit.outcome.ok()) prepared.state = Prepared::State::unknown;
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

// "cached plan must not change result type" (0A000) after a migration: the unit has been undone, and the statement can
// be prepared anew. Once: if it is not this, it will fail again.
bool Pipeline::renew(const Unit& unit) {
  if (unit.outcome.sqlstate != "0A000" || unit.repeated) return false;
  auto& prepared = prepared_[unit.statements[unit.failed].first->name];
  if (prepared.number < unit.number && prepared.state == Prepared::State::ready) {
    prepared.state = Prepared::State::stale;
  }
  return true;
}

std::deque<Unit> Pipeline::take_again() {
  return std::exchange(again_, {});
}

// --- or not --------------------------------------------------------------------------------------------------------

SteadyTime Pipeline::expire(SteadyTime now, const Complete& complete) {
  auto next = SteadyTime::max();
  for (auto& unit : sent_) {
    if (unit.abandoned) continue;
    if (unit.due > now) {
      next = std::min(next, unit.due);
      continue;
    }
    unit.abandoned = true;
    if (unit.purpose != Unit::Purpose::work) continue;
    Unit ended;
    ended.done = std::move(unit.done);
    ended.due = unit.due;
    ended.bytes = unit.bytes;
    for (auto& [statement, params] : unit.statements) {
      ended.statements.emplace_back(statement, Params());
      params = Params();
    }
    complete(std::move(ended));
  }
  return next;
}

std::optional<SteadyTime> Pipeline::idle_since() const {
  if (sent_.empty() || !sent_.front().abandoned) return std::nullopt;
  return std::max(sent_.front().due, moved_);
}

std::deque<Unit> Pipeline::take_all() {
  auto all = std::move(again_);
  std::move(sent_.begin(), sent_.end(), std::back_inserter(all));
  sent_.clear();
  std::erase_if(all, [](const Unit& unit) { return unit.purpose != Unit::Purpose::work || unit.abandoned; });
  return all;
}

}  // namespace epicura::pg
