#pragma once
// A JSON body, read field by field: what is wrong is collected with pointers, and answered as one 422.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"
#include "schema/bounded_json.hpp"

namespace epicura {

class Body {
 public:
  // An object of JSON, or an error in `errors`.
  explicit Body(std::string_view text);

  // A text of 1 to `most` bytes without control characters; absent (and an error where it is required) otherwise.
  std::optional<std::string> text(const std::string& field, std::size_t most, bool required);

  const Json& json() const { return json_; }
  bool ok() const { return errors_.empty(); }
  void error(std::string pointer, std::string code, std::string detail);
  const std::vector<http::FieldError>& errors() const { return errors_; }

 private:
  Json json_;
  std::vector<http::FieldError> errors_;
};

}  // namespace epicura
