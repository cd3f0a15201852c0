#pragma once
// The API with words for admins.

#include "tests/actors/accounts.hpp"

namespace epicura::tests {

struct Admins : Accounts {
  // Signed in just now.
  Answer make_admin(const std::string& email) {
    REQUIRE(sign_up(email).status == 201);
    sql("update users set role = 'admin', email_verified = true where email = '" + email + "'");
    auto admin = log_in(email);
    REQUIRE(admin.status == 200);
    return admin;
  }
  std::string id_of(const std::string& email) { return value("select id from users where email = '" + email + "'"); }
  Answer change(const Answer& by, const std::string& id, const Json& what) {
    return ask("PATCH", "/admin/users/" + id, bearer(by), dump_json(what));
  }
  Answer get(const std::string& target) { return ask("GET", target, bearer(root)); }
  Answer post(const std::string& target) { return ask("POST", target, bearer(root)); }
  // How many entries there are of this action.
  int entries(const std::string& action) {
    return std::stoi(value("select count(*) from audit_log where action = '" + action + "'"));
  }
  // A column of the newest one.
  std::string entry(const std::string& action, const std::string& column) {
    return value("select " + column + " from audit_log where action = '" + action + "' order by seq desc limit 1");
  }
  static std::string escaped(const std::string& text) {
    std::string out;
    for (const unsigned char c : text) out += fmt::format("%{:02x}", c);
    return out;
  }

  Answer root = make_admin("root@example.org");
};

// The ids of a list from its first page to its last, `limit` a page.
inline std::vector<std::string> all_ids(Admins& house, const std::string& list, int limit,
                                        const std::string& field = "id") {
  std::vector<std::string> ids;
  std::string cursor;
  for (int pages = 0; pages < 100; ++pages) {
    const auto page = house.get(list + "limit=" + std::to_string(limit) + cursor);
    REQUIRE(page.status == 200);
    CHECK(page.body["items"].size() <= static_cast<std::size_t>(limit));
    for (const auto& item : page.body["items"])
      ids.push_back(item[field].is_string() ? item[field].get<std::string>() : item[field].dump());
    if (page.body["next_cursor"].is_null()) return ids;
    cursor = "&cursor=" + page.body["next_cursor"].get<std::string>();
  }
  FAIL("the list has no end");
  return ids;
}

// Cursors that are none of the list's.
inline const std::vector<std::string> junk_cursors{"x",        "AAAA",       "%27",         "%25",
                                                   "dXNlcnN8", "dXNlcnN8eA", "YXVkaXR8LTE", "YXVkaXR8MXg",
                                                   "am9ic3w",  "%0d%0a",     "....",        "=="};

}  // namespace epicura::tests
