#include "http/message.hpp"

namespace epicura::http {

namespace {

const std::string* find(const Pairs& pairs, std::string_view key) {
  for (const auto& [name, value] : pairs)
    if (name == key) return &value;
  return nullptr;
}

}  // namespace

std::string_view name(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::del:
      return "DELETE";
  }
  return "GET";
}

const std::string* Request::param(std::string_view key) const {
  return find(params, key);
}
const std::string* Request::query_value(std::string_view key) const {
  return find(query, key);
}

}  // namespace epicura::http
