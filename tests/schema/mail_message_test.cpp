#include "schema/mail/message.hpp"

#include <doctest/doctest.h>

#include "schema/base64.hpp"
#include "schema/mail/header.hpp"
#include "schema/mail/quoted_printable.hpp"
#include "schema/utf8.hpp"

using namespace epicura;
using namespace epicura::mail;

namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t end = 0; (end = text.find("\r\n")) != std::string_view::npos; text.remove_prefix(end + 2))
    out.emplace_back(text.substr(0, end));
  if (!text.empty()) out.emplace_back(text);
  return out;
}

// As a reader decodes them; each must be whole UTF-8 by itself.
std::string decoded_words(const std::string& value) {
  std::string out;
  for (auto line : lines_of(value)) {
    if (line.starts_with(' ')) line.erase(0, 1);
    REQUIRE(line.starts_with("=?UTF-8?B?"));
    REQUIRE(line.ends_with("?="));
    const auto word = from_base64(std::string_view(line).substr(10, line.size() - 12));
    REQUIRE(word);
    CHECK(is_utf8(*word));
    out += *word;
  }
  return out;
}

WireAddress wire(std::string_view address) {
  const auto out = WireAddress::of(address);
  REQUIRE(out);
  return *out;
}

const Timestamp at = *parse_rfc3339("2026-11-01T03:04:05Z");

}  // namespace

TEST_CASE("a subject in ASCII stands as it is, another in encoded words of at most 76 characters a line") {
  CHECK(text_value("Verify your address") == "Verify your address");
  CHECK(decoded_words(text_value("Gr\u00fc\u00dfe")) == "Gr\u00fc\u00dfe");
  CHECK(decoded_words(text_value("looks like =?UTF-8?B?eA==?=")) == "looks like =?UTF-8?B?eA==?=");
  std::string many;
  for (int i = 0; i < 100; ++i) many += "\U0001F373\u00e9x";
  const auto folded = text_value(many);
  CHECK(decoded_words(folded) == many);
  for (const auto& line : lines_of("Subject: " + folded)) CHECK(line.size() <= 76);
}

TEST_CASE("nothing that stands in a header's value begins another header") {
  const std::string evil = "x\r\nBcc: all@example.org\r\n\r\nbody\n\r" + std::string(1, '\0') + "\x7f\xff";
  for (const auto& value : {text_value(evil), mailbox_value(evil, wire("a@example.org")), url_value(evil)}) {
    CAPTURE(value);
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (value[i] == '\n') CHECK(value.substr(i - 1, 3) == "\r\n ");
      if (value[i] == '\r') CHECK(value.substr(i, 3) == "\r\n ");
      CHECK((value[i] == '\r' || value[i] == '\n' || (value[i] >= ' ' && value[i] <= '~')));
    }
    CHECK(value.find("Bcc: ") == std::string::npos);
  }
  CHECK(decoded_words(text_value("a\r\nb\xff")) == "a  b\ufffd");
}

TEST_CASE("names stand beside addresses in quotes, or encoded") {
  CHECK(mailbox_value("", wire("a@example.org")) == "<a@example.org>");
  CHECK(mailbox_value("A \"B\" \\ C, <x@y.z>", wire("a@example.org")) ==
        "\"A \\\"B\\\" \\\\ C, <x@y.z>\"\r\n <a@example.org>");
  CHECK(mailbox_value("Zo\u00eb", wire("a@example.org")) == "=?UTF-8?B?Wm/Dqw==?=\r\n <a@example.org>");
}

TEST_CASE("a domain goes over the wire in ASCII, what stands before the @ as it is") {
  CHECK(wire("Ana@B\u00fccher.example").text() == "Ana@xn--bcher-kva.example");
  CHECK_FALSE(wire("Ana@B\u00fccher.example").needs_utf8());
  CHECK(wire("fa\u00df@stra\u00dfe.example").text() == "fa\u00df@xn--strae-oqa.example");
  CHECK(wire("\u00e4na@example.org").needs_utf8());
  CHECK(wire("\u00e4na@example.org").domain() == "example.org");
  for (const char* bad : {"", "a", "a@b", "a@example.org\r\n", "a b@example.org", "a@\u0301.example", "a>@example.org",
                          "a@example.org,b@example.org", "a@xn--a.example"})
    CHECK_MESSAGE(!WireAddress::of(bad), bad);
}

TEST_CASE("quoted-printable keeps each byte, and lines of at most 76 characters without a dot at their front") {
  CHECK(quoted_printable("a = \u00e9\n") == "a =3D =C3=A9\r\n");
  CHECK(quoted_printable("end \n\ttab\r\n.\n..x") == "end=20\r\n=09tab=0D\r\n=2E\r\n=2E.x");
  std::string text;
  for (int i = 0; i < 300; ++i) text += i % 7 == 0 ? "\u00e9" : i % 3 == 0 ? "." : "ab ";
  std::string back;
  for (auto line : lines_of(quoted_printable(text))) {
    CHECK(line.size() <= 76);
    CHECK_FALSE(line.starts_with('.'));
    if (line.ends_with('=')) line.pop_back();
    for (std::size_t i = 0; i < line.size(); ++i) {
      back += line[i] == '=' ? static_cast<char>(std::stoi(line.substr(i + 1, 2), nullptr, 16)) : line[i];
      if (line[i] == '=') i += 2;
    }
  }
  CHECK(back == text);
}

TEST_CASE("a message has its headers, and both texts") {
  Mail mail;
  mail.id = *Uuid::parse("0198c0de-0000-7000-8000-000000000001");
  mail.to = {"Ana", "ana@example.org"};
  mail.subject = "Hello";
  mail.text = "plain\n";
  mail.html = "<p>rich</p>\n";
  const Sender from{"Epicura", wire("no-reply@epicura.example")};
  const auto text = message_text(mail, from, wire(mail.to.address), at);
  const std::string boundary = "=_0198c0de-0000-7000-8000-000000000001";
  CHECK(
      text ==
      "Date: Sun, 01 Nov 2026 03:04:05 +0000\r\n"
      "From: \"Epicura\"\r\n <no-reply@epicura.example>\r\n"
      "To: \"Ana\"\r\n <ana@example.org>\r\n"
      "Subject: Hello\r\n"
      "Message-ID: <0198c0de-0000-7000-8000-000000000001@epicura.example>\r\n"
      "Auto-Submitted: auto-generated\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: multipart/alternative;\r\n boundary=\"" +
          boundary +
          "\"\r\n"
          "\r\n--" +
          boundary +
          "\r\n"
          "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nplain\r\n\r\n"
          "--" +
          boundary +
          "\r\n"
          "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
          "<p>rich</p>\r\n\r\n"
          "--" +
          boundary + "--\r\n");
  mail.unsubscribe_url = "https://epicura.example/u?t=1&x=<\u00e9>";
  const auto news = message_text(mail, from, wire(mail.to.address), at);
  CHECK(news.find("\r\nList-Unsubscribe: <https://epicura.example/u?t=1&x=%3C%C3%A9%3E>\r\n"
                  "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n") != std::string::npos);
}
