#include "http/etag.hpp"

#include <openssl/sha.h>

#include "schema/base64.hpp"

namespace epicura::http {

std::string etag_of(std::string_view content) {
  unsigned char hash[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(content.data()), content.size(), hash);
  constexpr std::size_t enough = 15;  // bytes: 20 characters, and no two contents will ever share them
  return '"' + base64url({reinterpret_cast<const char*>(hash), enough}) + '"';
}

namespace {

bool has(std::string_view list, std::string_view etag) {
  const auto skip = [&list](std::string_view which) {
    list.remove_prefix(std::min(list.find_first_not_of(which), list.size()));
  };
  skip(" \t,");
  if (list.starts_with('*')) return true;
  while (!list.empty()) {
    if (list.starts_with("W/")) list.remove_prefix(2);
    if (!list.starts_with('"')) return false;  // not a list of tags
    const auto end = list.find('"', 1);
    if (end == std::string_view::npos) return false;
    if (list.substr(0, end + 1) == etag) return true;
    list.remove_prefix(end + 1);
    skip(" \t,");
  }
  return false;
}

}  // namespace

bool none_match_has(std::string_view if_none_match, std::string_view etag) {
  return has(if_none_match, etag);
}

bool match_has(std::string_view if_match, std::string_view etag) {
  return has(if_match, etag);
}

}  // namespace epicura::http
