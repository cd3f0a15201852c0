#pragma once
// Another session at the server: what holds locks and looks on, with text results, blocking.

#include <memory>
#include <stdexcept>
#include <string>

#include <libpq-fe.h>

namespace epicura::pg {

class Session {
 public:
  explicit Session(const std::string& conninfo) : conn_(PQconnectdb(conninfo.c_str()), PQfinish) {}

  // The first value of the answer; empty without rows.
  std::string ask(const std::string& sql) {
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(conn_.get(), sql.c_str()), PQclear);
    if (*PQresultErrorMessage(result.get()) != '\0') throw std::runtime_error(PQresultErrorMessage(result.get()));
    return PQntuples(result.get()) == 0 ? std::string() : PQgetvalue(result.get(), 0, 0);
  }

 private:
  std::unique_ptr<PGconn, void (*)(PGconn*)> conn_;
};

}  // namespace epicura::pg
