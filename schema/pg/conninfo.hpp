#pragma once
// Where the server is and as whom to go there, with what we add to it.

#include <map>
#include <string>

struct pg_conn;

namespace epicura::pg {

class Conninfo {
 public:
  // A URI or keywords, as libpq reads them. std::invalid_argument where it cannot (without the text: it holds a
  // password).
  explicit Conninfo(const std::string& text);

  void set(const std::string& keyword, const std::string& value) { values_[keyword] = value; }
  void set_default(const std::string& keyword, const std::string& value) { values_.try_emplace(keyword, value); }
  // Sets a parameter of the server's session ("-c name=value"), after those that the text itself sets.
  void set_session(const std::string& name, const std::string& value);

  pg_conn* start() const;  // begins a non-blocking attempt; null only without memory. A host's name is looked up here.
  pg_conn* connect() const;  // blocks; look at its status

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace epicura::pg
