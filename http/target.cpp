#include "http/target.hpp"

#include <algorithm>
#include <optional>

#include "http/pointer.hpp"
#include "schema/utf8.hpp"

namespace epicura::http {

namespace {

constexpr std::size_t max_pairs = 128;

Error bad(std::string detail) {
  return {Errc::bad_request, std::move(detail)};
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Absent: a bad escape.
std::optional<std::string> unescape(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

const Parameter* find_parameter(const Route& route, std::string_view key) {
  for (const Parameter& parameter : route.query)
    if (is_name_of(parameter, key)) return &parameter;
  return nullptr;
}

std::string legal_names(const Route& route) {
  std::string names;
  for (const Parameter& parameter : route.query) {
    if (!names.empty()) names += ", ";
    names += parameter.name;
  }
  return names.empty() ? "there are none here" : "legal are " + names;
}

}  // namespace

Result<SplitTarget> split_target(std::string_view target) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    target.remove_prefix(std::min(target.find_first_of("/?", scheme.size()), target.size()));
    if (target.empty()) target = "/";
    break;
  }
  if (target.find('#') != std::string_view::npos) return bad("a target has no fragment");
  const auto mark = target.find('?');
  SplitTarget split{target.substr(0, mark), mark == std::string_view::npos ? "" : target.substr(mark + 1)};
  if (!split.path.starts_with('/')) return bad("a path begins with a slash");
  return split;
}

Result<std::string> decode_path(std::string_view path) {
  const auto decoded = unescape(path, false);
  if (!decoded) return bad("the path has a bad escape");
  std::size_t slashes = 0;
  for (unsigned char c : *decoded) {
    if (c < ' ' || c == 0x7f || c == '\\') return bad("the path has a control character or a backslash");
    if (c == '/') ++slashes;
  }
  for (char c : path)
    if (c == '/') --slashes;
  if (slashes != 0) return bad("the path has an escaped slash");
  if (!is_utf8(*decoded)) return bad("the path is not UTF-8");
  for (std::size_t at = 0; at != std::string::npos; at = decoded->find('/', at + 1)) {
    const auto rest = std::string_view(*decoded).substr(at + 1);
    const auto segment = rest.substr(0, rest.find('/'));
    if (segment == "." || segment == "..") return bad("the path has a dot segment");
  }
  return *decoded;
}

Result<ReadQuery> read_query(std::string_view query, const Route& route) {
  ReadQuery read;
  Pairs unknown;
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto key = unescape(pair.substr(0, equals), true);
    auto value = unescape(equals == std::string_view::npos ? "" : pair.substr(equals + 1), true);
    if (!key || !value) return bad("the query has a bad escape");
    if (!is_utf8(*key) || !is_utf8(*value)) return bad("the query is not UTF-8");
    if (key->find('\0') != std::string::npos || value->find('\0') != std::string::npos)
      return bad("the query has a NUL");
    if (read.query.size() + unknown.size() == max_pairs) return bad("the query has too many parameters");

    const Parameter* parameter = find_parameter(route, *key);
    if (parameter != nullptr) {
      *key = parameter->name;
      if (auto error = read_value(*parameter, *value)) read.errors.push_back(std::move(*error));
    }
    auto& seen = parameter != nullptr ? read.query : unknown;
    if (parameter == nullptr || !parameter->repeatable)
      for (const auto& earlier : seen)
        if (earlier.first == *key) return bad("the query has a parameter twice");
    seen.emplace_back(std::move(*key), std::move(*value));
  }
  for (const auto& pair : unknown)
    read.errors.push_back(
        {"/query" + pointer_step(pair.first), "unknown", "unknown query parameter; " + legal_names(route)});
  return read;
}

}  // namespace epicura::http
