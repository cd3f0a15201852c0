#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "schema/common_passwords.hpp"
#include "schema/password.hpp"

using namespace epicura;

namespace {

std::string pots(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "\xf0\x9f\x8d\xb2";
  return text;
}

}  // namespace

TEST_CASE("a new password has 8 to 1,024 characters, whatever they are") {
  for (const auto* good : {"corgi-77", "ratatouille at nine", " \t\n \r   ", "ÄÖÜäöüßẞ"})
    CHECK_MESSAGE(!check_new_password(good), good);
  for (const auto* little : {"", "1234567", "corgi-7", "ÄÖÜäöüß"})  // the last one is of 14 bytes
    CHECK_MESSAGE(check_new_password(little) == PasswordFault::too_short, little);
  CHECK(check_new_password(pots(7)) == PasswordFault::too_short);
  CHECK_FALSE(check_new_password(pots(8)));
  const std::string longest(1024, 'a');
  CHECK_FALSE(check_new_password(longest));
  CHECK_FALSE(check_new_password(pots(1024)));
  for (const std::string& much : std::vector<std::string>{longest + "a", longest + "ü", pots(1025), pots(1024) + "a"})
    CHECK(check_new_password(much) == PasswordFault::too_long);
  const std::string megabyte(1 << 20, '\xff');  // not looked at
  CHECK(check_new_password(megabyte) == PasswordFault::too_long);
}

TEST_CASE("a new password is text") {
  for (std::size_t i = 0; i <= 11; ++i) {
    const std::string plain = "ratatouille";
    CHECK(check_new_password(plain.substr(0, i) + '\0' + plain.substr(i)) == PasswordFault::has_nul);
    CHECK(check_new_password(plain.substr(0, i) + '\xff' + plain.substr(i)) == PasswordFault::not_utf8);
  }
  for (const auto* broken : {"ratatouille\xc3", "ratatouille\xc0\xaf", "ratatouille\xed\xa0\x80"})
    CHECK(check_new_password(broken) == PasswordFault::not_utf8);
}

TEST_CASE("the commonest passwords are refused, in any case") {
  for (const auto* common :
       {"password", "PassWord", "PASSWORD1",     "password123", "12345678",   "123456789", "1234567890",
        "87654321", "00000000", "88888888",      "abcdefgh",    "qwertyuiop", "1qaz2wsx",  "iloveyou",
        "sunshine", "Princess", "football",      "trustno1",    "p@ssw0rd",   "michelle",  "jennifer",
        "letmein1", "welcome1", "administrator", "basketball"})
    CHECK_MESSAGE(check_new_password(common) == PasswordFault::too_common, common);
  for (const auto* rare : {"password with a pot", "xpassword", "passwordpot", "password\n", "\npassword", "sword123x",
                           "password\npassword1", "PASSWÖRD", "12345678 "})
    CHECK_MESSAGE(!check_new_password(rare), rare);
}

TEST_CASE("the list is whole, and holds what can be looked up") {
  auto rest = common_passwords_text();
  REQUIRE(rest.starts_with('\n'));
  REQUIRE(rest.ends_with('\n'));
  rest.remove_prefix(1);
  std::size_t count = 0;
  for (; !rest.empty(); ++count) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    CAPTURE(std::string(line));
    CHECK(line.size() >= min_password_characters);
    CHECK(check_new_password(line) == PasswordFault::too_common);
    for (const char c : line) CHECK((c > ' ' && c <= '~' && !(c >= 'A' && c <= 'Z')));
  }
  CHECK(count == 7072);
}
