#include "tests/fault/database.hpp"

#include <stdexcept>

namespace epicura::tests {
namespace {

using Result = std::unique_ptr<PGresult, void (*)(PGresult*)>;

Result demand(PGconn* link, PGresult* raw, ExecStatusType wanted, ExecStatusType or_this) {
  Result result(raw, PQclear);
  const auto status = PQresultStatus(raw);
  if (status != wanted && status != or_this) throw std::runtime_error(PQerrorMessage(link));
  return result;
}

}  // namespace

Database::Database(const std::string& url) : link_(PQconnectdb(url.c_str()), PQfinish) {
  if (PQstatus(link_.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(link_.get()));
  PQsetNoticeProcessor(
      link_.get(), [](void*, const char*) {}, nullptr);
}

TextRows Database::rows(const std::string& sql, const std::vector<std::string>& parameters) {
  std::vector<const char*> texts;
  texts.reserve(parameters.size());
  for (const auto& parameter : parameters) texts.push_back(parameter.c_str());
  const auto result = demand(link_.get(),
                             PQexecParams(link_.get(), sql.c_str(), static_cast<int>(texts.size()), nullptr,
                                          texts.data(), nullptr, nullptr, 0),
                             PGRES_TUPLES_OK, PGRES_COMMAND_OK);
  TextRows out;
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    auto& columns = out.emplace_back();
    for (int column = 0; column < PQnfields(result.get()); ++column)
      columns.emplace_back(PQgetvalue(result.get(), row, column));
  }
  return out;
}

std::string Database::value(const std::string& sql, const std::vector<std::string>& parameters) {
  return rows(sql, parameters).at(0).at(0);
}

void Database::copy_in(const std::string& table, const std::string& text) {
  demand(link_.get(), PQexec(link_.get(), ("copy " + table + " from stdin").c_str()), PGRES_COPY_IN, PGRES_COPY_IN);
  constexpr std::size_t portion = 1 << 20;
  for (std::size_t at = 0; at < text.size(); at += portion) {
    const auto size = static_cast<int>(std::min(portion, text.size() - at));
    if (PQputCopyData(link_.get(), text.data() + at, size) != 1) throw std::runtime_error(PQerrorMessage(link_.get()));
  }
  if (PQputCopyEnd(link_.get(), nullptr) != 1) throw std::runtime_error(PQerrorMessage(link_.get()));
  demand(link_.get(), PQgetResult(link_.get()), PGRES_COMMAND_OK, PGRES_COMMAND_OK);
  while (PGresult* rest = PQgetResult(link_.get())) PQclear(rest);
}

}  // namespace epicura::tests
