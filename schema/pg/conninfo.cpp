#include "schema/pg/conninfo.hpp"

#include <memory>
#include <stdexcept>
#include <vector>

#include <libpq-fe.h>

namespace epicura::pg {

namespace {

struct Arrays {
  std::vector<const char*> keywords, values;
};

Arrays arrays(const std::map<std::string, std::string>& values) {
  Arrays all;
  for (const auto& [keyword, value] : values) {
    all.keywords.push_back(keyword.c_str());
    all.values.push_back(value.c_str());
  }
  all.keywords.push_back(nullptr);
  all.values.push_back(nullptr);
  return all;
}

}  // namespace

Conninfo::Conninfo(const std::string& text) {
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(PQconninfoParse(text.c_str(), &message),
                                                                               PQconninfoFree);
  PQfreemem(message);
  if (!options)
    throw std::invalid_argument("PostgreSQL's address is neither a postgresql:// URI nor keyword=value pairs");
  for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) values_[option->keyword] = option->val;
  }
  set_default("client_encoding", "UTF8");
  set_default("gssencmode", "disable");  // else libpq looks for Kerberos tickets at each attempt
}

void Conninfo::set_session(const std::string& name, const std::string& value) {
  auto& options = values_["options"];
  options += (options.empty() ? "-c " : " -c ") + name + "=" + value;
}

pg_conn* Conninfo::start() const {
  const auto all = arrays(values_);
  return PQconnectStartParams(all.keywords.data(), all.values.data(), 0);
}

pg_conn* Conninfo::connect() const {
  const auto all = arrays(values_);
  return PQconnectdbParams(all.keywords.data(), all.values.data(), 0);
}

}  // namespace epicura::pg
