#pragma once
// The JSON Schemas of bodies (http/schemas/*.json), and what is wrong with a body that does not fit its own.

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "http/message.hpp"

namespace epicura::http {

struct SchemaSource {
  std::string_view name;
  std::string_view text;
};
std::span<const SchemaSource> schema_sources();  // all that the program has

class Schemas {
 public:
  // Compiles them all; they refer to each other as #/components/schemas/<name>. Throws std::runtime_error with the name
  // of one that is not well formed, that refers to nothing, or that uses a format or a pattern that is not checked.
  explicit Schemas(std::span<const SchemaSource> sources);
  ~Schemas();
  Schemas(const Schemas&) = delete;
  Schemas& operator=(const Schemas&) = delete;

  bool has(std::string_view name) const;
  // {name: schema}, as they were given.
  const nlohmann::ordered_json& all() const;

  // Writes enumerated values, which are read in any case, as their schema does. Any thread.
  void normalize(std::string_view name, nlohmann::json& value) const;
  // What is wrong, at most 20 things, each with its pointer; empty: nothing. Codes: missing, unknown, and where a value
  // is of the wrong kind bad_time, bad_metric or bad_value. `value` is nested at most 32 deep (parse_json). Any thread.
  std::vector<FieldError> check(std::string_view name, const nlohmann::json& value) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

// Those of the program, compiled at the first call. Any thread.
const Schemas& api_schemas();

}  // namespace epicura::http
