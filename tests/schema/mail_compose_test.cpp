#include "schema/mail/compose.hpp"

#include <doctest/doctest.h>

#include "schema/mail/greeting_name.hpp"
#include "schema/mail/html_page.hpp"
#include "schema/utf8.hpp"

using namespace epicura;
using namespace epicura::mail;

namespace {

const std::string proof = "https://epicura.example/verify?token=abc&x=1";

Fields fields(std::string name) {
  return {Uuid::v7(), Uuid::v7(), {std::move(name), "ana@example.org"}, proof, *parse_rfc3339("2026-11-05T07:08:09Z")};
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

constexpr Kind all_kinds[] = {Kind::verify_email,   Kind::reset_password,    Kind::password_changed,
                              Kind::change_email,   Kind::email_change_told, Kind::mfa_turned_on,
                              Kind::mfa_turned_off, Kind::account_deleted,   Kind::account_restored};

}  // namespace

TEST_CASE("each kind of mail says who it is from and when, and has its link where it has one") {
  for (const auto kind : all_kinds) {
    const auto mail = compose(kind, fields("Ana"));
    CAPTURE(mail.subject);
    CHECK(mail.to.address == "ana@example.org");
    CHECK(mail.subject.starts_with("Epicura: "));
    CHECK(mail.unsubscribe_url.empty());
    for (const auto& body : {mail.text, mail.html}) {
      CHECK(holds(body, "Hello Ana,"));
      CHECK(holds(body, "Epicura"));
      CHECK_FALSE(holds(body, "{"));  // no place left unfilled
    }
    const bool of_a_link = kind == Kind::verify_email || kind == Kind::reset_password || kind == Kind::change_email ||
                           kind == Kind::email_change_told;
    CHECK(mail.link == (of_a_link ? proof : ""));
    CHECK(holds(mail.text, ":\n" + proof + "\n") == of_a_link);
    CHECK(holds(mail.html, "href=\"https://epicura.example/verify?token=abc&amp;x=1\"") == of_a_link);
    CHECK(holds(mail.text, "5 November 2026, 07:08 UTC"));
    CHECK(holds(mail.html, "5 November 2026, 07:08 UTC"));
  }
}

TEST_CASE("what a name has of HTML is shown, and does nothing") {
  const auto mail = compose(Kind::verify_email, fields("<script>alert('x')&\"<b>"));
  CHECK(holds(mail.text, "Hello <script>alert('x')&\"<b>,"));
  CHECK(holds(mail.html, "Hello &lt;script&gt;alert(&#39;x&#39;)&amp;&quot;&lt;b&gt;,"));
  CHECK_FALSE(holds(mail.html, "<script"));
}

TEST_CASE("a name breaks no line, turns no direction, and has an end") {
  CHECK(greeting_name("Ana\r\nBcc: all") == "AnaBcc: all");
  CHECK(greeting_name("\u202eanA\u2066\u200f") == "anA");
  CHECK(greeting_name("Ana\u2028Lu\u0085cia\x7f") == "AnaLucia");
  CHECK(greeting_name("  Ana   Luc\u00eda  ") == "Ana Luc\u00eda");
  CHECK(greeting_name("\U0001F469\u200d\U0001F373 Ana") == "\U0001F469\u200d\U0001F373 Ana");  // a cook
  CHECK(greeting_name("\t\r\n ").empty());
  CHECK(greeting_name("Ana\xff").empty());
  std::string long_name;
  for (int i = 0; i < 5000; ++i) long_name += "\u00e9";
  const auto cut = greeting_name(long_name);
  CHECK(count_code_points(cut) == 61);
  CHECK(cut.ends_with("\u00e9\u2026"));
  CHECK(greeting_name(std::string("a\0b", 3)) == "ab");
}

TEST_CASE("nobody is greeted by what could be followed as a link") {
  for (const char* name : {"see http://evil.example", "evil.example", "evil@evil.example", "www.evil.example now",
                           "evil\u3002example", "file:x", "a/b", "\\\\evil"}) {
    CAPTURE(name);
    CHECK(greeting_name(name).empty());
    const auto mail = compose(Kind::verify_email, fields(name));
    CHECK(mail.to.name.empty());
    CHECK(mail.text.starts_with("Hello,\n"));
    CHECK_FALSE(holds(mail.text + mail.html, "evil"));
  }
  for (const char* name : {"Dr. Who", "Anna jun.", "O'Neill-Smith", "\u6771 \u5c71"})
    CHECK_MESSAGE(greeting_name(name) == name, name);
}

TEST_CASE("all of HTML's own characters are escaped") {
  CHECK(html_escaped("<a href=\"x\" id='y'>&amp;") == "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;");
}
