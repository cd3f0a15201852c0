#include "schema/email.hpp"

#include <doctest/doctest.h>

using namespace epicura;

TEST_CASE("an address is let in as it is typed") {
  for (const auto* good :
       {"ann@example.org", "Ann.O'Brien+pots@Example.ORG", "a@b.c", "1@2.x3", "_@a-b.example", ".a..b.@example.org",
        "!#$%&'*+/=?^_`{|}~-@example.org", "grüße@köche.example", "料理@例え.テスト", "кот@пример.рф",
        "cafe\xcc\x81@example.org", "\xf0\x9f\x8d\xb2@example.org", "a@xn--kche-5qa.example", "a@4.3.2.example"}) {
    CAPTURE(good);
    CHECK(parse_email(good) == good);
  }
}

TEST_CASE("what is no address is not let in") {
  for (const auto* wrong : {"",
                            "@",
                            "a",
                            "a@",
                            "@example.org",
                            "a@@example.org",
                            "a@b@example.org",
                            "a@example.org@",
                            "a@localhost",
                            "a@example",
                            "a@.example.org",
                            "a@example.org.",
                            "a@example..org",
                            "a@-example.org",
                            "a@example-.org",
                            "a@example.-org",
                            "a@127.0.0.1",
                            "a@[127.0.0.1]",
                            "a@example.123",
                            "a@exa_mple.org",
                            "a@exa+mple.org",
                            " a@example.org",
                            "a@example.org ",
                            "a @example.org",
                            "a@ example.org",
                            "a@exam ple.org",
                            "\ta@example.org",
                            "a@example.org\n",
                            "a@example.org\r\nBcc: b@example.org",
                            "a\r@example.org",
                            "a\x7f@example.org",
                            "a\x01@example.org",
                            "\"a\"@example.org",
                            "Ann <a@example.org>",
                            "<a@example.org>",
                            "a(b)@example.org",
                            "a,b@example.org",
                            "a;b@example.org",
                            "a:b@example.org",
                            "a\\b@example.org",
                            "a[b]@example.org",
                            "a@example.org,b@example.org",
                            "a@example.org/",
                            "a@example.org?x=y",
                            "mailto:a@example.org",
                            "a@exam!ple.org"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_email(wrong));
  }
  using namespace std::string_view_literals;
  for (const auto nul : {"\0a@example.org"sv, "a\0@example.org"sv, "a@example\0.org"sv, "a@example.org\0"sv})
    CHECK_FALSE(parse_email(nul));
}

TEST_CASE("beyond ASCII: UTF-8, and nothing that cannot be seen or is ASCII in disguise") {
  for (const auto* wrong :
       {"\xff",         "\xc3",         "\xc0\xaf",     "\xed\xa0\x80",  // not UTF-8
        "\xc2\x80",     "\xc2\x85",     "\xc2\xa0",     "\xc2\xad",        "\xe2\x80\x8b", "\xe2\x80\xae",
        "\xe2\x80\xa8", "\xe2\x81\xa6", "\xe3\x80\x80", "\xe3\x80\x82",    "\xef\xbb\xbf", "\xef\xbc\xa0",
        "\xef\xbc\x8e", "\xef\xbd\x81", "\xef\xbf\xbd", "\xf3\xa0\x81\x81"}) {
    const std::string text = wrong;
    CAPTURE(text);
    CHECK_FALSE(parse_email("a" + text + "b@example.org"));
    CHECK_FALSE(parse_email("a@exam" + text + "ple.org"));
    CHECK_FALSE(parse_email("a@example.org" + text));
  }
}

TEST_CASE("lengths are in bytes: 64 before the @, 63 in a label, 254 in all") {
  const std::string local(64, 'a'), label(63, 'b');
  CHECK(parse_email(local + "@example.org"));
  CHECK_FALSE(parse_email(local + "a@example.org"));
  CHECK_FALSE(parse_email(local.substr(1) + "ü@example.org"));
  CHECK(parse_email("a@" + label + ".org"));
  CHECK(parse_email("a@example." + label));
  CHECK_FALSE(parse_email("a@" + label + "b.org"));
  CHECK_FALSE(parse_email("a@example." + label + "b"));
  const auto domain = "@" + label + "." + label + "." + label.substr(3);  // 189 bytes
  CHECK(parse_email(local + domain + "b"));
  CHECK_FALSE(parse_email(local + domain + "bc"));
  CHECK(parse_email("a" + domain + "." + label));
  CHECK_FALSE(parse_email("ab" + domain + "." + label));
}

TEST_CASE("who gives no name is called by what stands before the @") {
  CHECK(name_of_email("Ann.Lee@example.org") == "Ann.Lee");
  CHECK(name_of_email("köchin@example.org") == "köchin");
}
