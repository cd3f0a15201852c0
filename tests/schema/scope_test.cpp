#include "schema/scope.hpp"

#include <doctest/doctest.h>

using namespace epicura;

TEST_CASE("a scope is known by its name, as it is spelled") {
  for (std::size_t i = 0; i < all_scopes.size(); ++i) {
    CHECK(static_cast<std::size_t>(all_scopes[i].scope) == i);
    CHECK(name(all_scopes[i].scope) == all_scopes[i].name);
    CHECK(parse_scope(all_scopes[i].name) == all_scopes[i].scope);
    CHECK(all_scopes[i].name.find(' ') == std::string_view::npos);
  }
  for (const auto* other : {"", "devices", "devices:", "devices:read ", "Devices:read", "devices:write", "*"})
    CHECK_FALSE(parse_scope(other));
}

TEST_CASE("no scope is part of another, nor are all others together heat") {
  for (const auto& one : all_scopes) {
    Scopes scopes;
    scopes.add(one.scope);
    for (const auto& other : all_scopes) CHECK(scopes.has(other.scope) == (other.scope == one.scope));
    Scopes others;
    for (const auto& other : all_scopes)
      if (other.scope != one.scope) others.add(other.scope);
    CHECK_FALSE(others.has(one.scope));
  }
}

TEST_CASE("a set is read from names with spaces between, and what is not known allows nothing") {
  CHECK(Scopes::read("").names().empty());
  CHECK(Scopes::read("heat devices:read heat").names() == std::vector<std::string_view>{"devices:read", "heat"});
  CHECK(Scopes::read(" heat  ").names() == std::vector<std::string_view>{"heat"});
  CHECK(Scopes::read("recipes:write heating Heat").names().empty());
}
