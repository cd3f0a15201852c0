#include "schema/scope.hpp"

#include <algorithm>

namespace epicura {

std::optional<Scope> parse_scope(std::string_view name) {
  const auto* const found =
      std::find_if(all_scopes.begin(), all_scopes.end(), [&](const auto& one) { return one.name == name; });
  return found == all_scopes.end() ? std::nullopt : std::optional(found->scope);
}

Scopes Scopes::read(std::string_view names) {
  Scopes out;
  while (!names.empty()) {
    const auto end = std::min(names.find(' '), names.size());
    if (const auto scope = parse_scope(names.substr(0, end))) out.add(*scope);
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return out;
}

std::vector<std::string_view> Scopes::names() const {
  std::vector<std::string_view> out;
  for (const auto& one : all_scopes) {
    if (has(one.scope)) out.push_back(one.name);
  }
  return out;
}

}  // namespace epicura
