#pragma once
// A JSON object written straight as text, field after field, for what is answered or logged thousands of times a
// second: a tree of values that is built, written and torn down costs ten times as much.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace epicura {

// Appends `text` with quotes around it. Control characters, quotes and backslashes are escaped; bytes that are not
// UTF-8 become U+FFFD, as dump_json does it.
void append_json_string(std::string& out, std::string_view text);

class JsonText {
 public:
  explicit JsonText(std::size_t expected) { text_.reserve(expected); }

  // Names are written as they are: they are ours.
  JsonText& add(std::string_view name, std::string_view value) {
    begin(name);
    append_json_string(text_, value);
    return *this;
  }
  template <class T>
  JsonText& add_or_null(std::string_view name, const std::optional<T>& value) {
    return value ? add(name, *value) : raw(name, "null");
  }
  JsonText& add(std::string_view name, std::int64_t value) { return raw(name, std::to_string(value)); }
  // `json`: a whole JSON value.
  JsonText& raw(std::string_view name, std::string_view json) {
    begin(name);
    text_ += json;
    return *this;
  }

  std::string take() && {
    text_ += text_.empty() ? "{}" : "}";
    return std::move(text_);
  }

 private:
  void begin(std::string_view name) {
    text_ += text_.empty() ? "{\"" : ",\"";
    text_.append(name).append("\":");
  }

  std::string text_;
};

}  // namespace epicura
