#include "schema/mail_link.hpp"

#include <doctest/doctest.h>

#include <set>

#include "schema/base64.hpp"
#include "schema/hmac_sha256.hpp"

using namespace epicura;

namespace {

using Purpose = MailLinkPurpose;

const std::string key = "a key of links in mails, 32 bytes and more";
const Uuid id = *Uuid::parse("0192f0aa-3b1c-7d2e-8f00-0123456789ab");
const Purpose purposes[] = {Purpose::verify_email, Purpose::reset_password, Purpose::change_email,
                            Purpose::undo_email_change};

std::string hmac(const std::string& text) {
  const auto code = hmac_sha256(key, text);
  return {code.data(), code.size()};
}

}  // namespace

TEST_CASE("purposes have names") {
  std::set<std::string_view> seen;
  for (const auto purpose : purposes) {
    CHECK(seen.insert(name(purpose)).second);
    CHECK(parse_mail_link_purpose(name(purpose)) == purpose);
  }
  CHECK(name(Purpose::verify_email) == "verify_email");
  CHECK(name(Purpose::reset_password) == "reset_password");
  CHECK(name(Purpose::change_email) == "change_email");
  CHECK(name(Purpose::undo_email_change) == "undo_email_change");
  for (const auto* other : {"", "verify", "Verify_email", "verify_email ", "email"})
    CHECK_FALSE(parse_mail_link_purpose(other));
}

TEST_CASE("a token tells its link, to its own purpose only") {
  const MailLinks links({key});
  for (const auto purpose : purposes) {
    const auto text = links.issue(purpose, id);
    CHECK(text.size() == 43);
    CHECK(links.issue(purpose, id) == text);  // a mail that is sent twice has one link
    for (const auto asked : purposes) {
      CAPTURE(name(asked));
      CHECK(MailLinks({key}).read(asked, text) == (asked == purpose ? std::optional(id) : std::nullopt));
    }
  }
}

TEST_CASE("a token that was made elsewhere is read: the layout stays") {
  // python3: urlsafe_b64encode(id + hmac.digest(key, b"mail-link" + purpose + id, "sha256")[:16]).rstrip(b"=")
  const MailLinks links({key});
  CHECK(links.read(Purpose::verify_email, "AZLwqjscfS6PAAEjRWeJqzKgzfqjzveOEjSSLRSusdQ") == id);
  CHECK(links.read(Purpose::reset_password, "AZLwqjscfS6PAAEjRWeJq2HnUdx60rDT3Niht_sRSX0") == id);
  CHECK(links.read(Purpose::change_email, "AZLwqjscfS6PAAEjRWeJq6JnqnlGUw_Lw4oq6ro77tI") == id);
  CHECK(links.read(Purpose::undo_email_change, "AZLwqjscfS6PAAEjRWeJq6I0KFWYLH5bAi2RLxj5EKk") == id);
}

TEST_CASE("while the key is replaced tokens of both are taken, and the new one issues") {
  const std::string before = "the key of links before it, 32 bytes and more";
  const auto old = MailLinks({before}).issue(Purpose::reset_password, id);
  CHECK_FALSE(MailLinks({key}).read(Purpose::reset_password, old));
  const MailLinks links({key, before});
  CHECK(links.read(Purpose::reset_password, old) == id);
  CHECK_FALSE(links.read(Purpose::verify_email, old));
  const auto fresh = links.issue(Purpose::reset_password, id);
  CHECK(links.read(Purpose::reset_password, fresh) == id);
  CHECK(MailLinks({key}).read(Purpose::reset_password, fresh) == id);
  CHECK_FALSE(MailLinks({before}).read(Purpose::reset_password, fresh));
  // No key before it is no key, not an empty one.
  CHECK_FALSE(MailLinks({key}).read(Purpose::reset_password, MailLinks({""}).issue(Purpose::reset_password, id)));
}

TEST_CASE("no bit of a token can be changed, and no letter dropped or added") {
  const MailLinks links({key, "the key before it"});
  const auto is_taken = [&](std::string_view text) { return links.read(Purpose::reset_password, text).has_value(); };
  const auto text = links.issue(Purpose::reset_password, id);
  REQUIRE(is_taken(text));
  for (std::size_t place = 0; place < text.size(); ++place) {
    CAPTURE(place);
    for (int bit = 0; bit < 8; ++bit) {
      auto flipped = text;
      flipped[place] = static_cast<char>(flipped[place] ^ 1 << bit);
      CHECK_FALSE(is_taken(flipped));
    }
    CHECK_FALSE(is_taken(text.substr(0, place)));
    CHECK_FALSE(is_taken(text.substr(place + 1)));
    CHECK_FALSE(is_taken(text.substr(0, place) + text.substr(place + 1)));
    for (const char added : {'A', '\0', ' ', '=', '.'})
      CHECK_FALSE(is_taken(text.substr(0, place) + added + text.substr(place)));
  }
  // The same within the bytes, where each is spelled as it should be.
  const auto bytes = *from_base64url(text);
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    CAPTURE(place);
    for (int bit = 0; bit < 8; ++bit) {
      auto flipped = bytes;
      flipped[place] = static_cast<char>(flipped[place] ^ 1 << bit);
      CHECK_FALSE(is_taken(base64url(flipped)));
    }
  }
}

TEST_CASE("a token has one spelling") {
  const MailLinks links({key});
  const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  bool has_letter_of_url = false;
  for (int i = 0; i < 50; ++i) {
    const auto text = links.issue(Purpose::verify_email, Uuid::v7());
    // The last letter holds four bits of the token; the other two are zero.
    const auto last = letters.find(text.back());
    REQUIRE(last % 4 == 0);
    for (std::size_t spare = 1; spare < 4; ++spare)
      CHECK_FALSE(links.read(Purpose::verify_email, text.substr(0, 42) + letters[last + spare]));
    auto standard = text;
    for (auto& letter : standard) letter = letter == '-' ? '+' : letter == '_' ? '/' : letter;
    has_letter_of_url = has_letter_of_url || standard != text;
    CHECK(links.read(Purpose::verify_email, standard).has_value() == (standard == text));
    for (const auto* end : {"=", "==", "\n", " "}) {
      CHECK_FALSE(links.read(Purpose::verify_email, text + end));
      CHECK_FALSE(links.read(Purpose::verify_email, end + text));
    }
  }
  CHECK(has_letter_of_url);
}

TEST_CASE("a token of another key, of two tokens, or of no one is refused") {
  const MailLinks links({key});
  const auto text = links.issue(Purpose::reset_password, id);
  const auto is_taken = [&](const std::string& forged) {
    return links.read(Purpose::reset_password, forged).has_value();
  };
  CHECK_FALSE(MailLinks({key + "x"}).read(Purpose::reset_password, text));
  CHECK_FALSE(MailLinks({""}).read(Purpose::reset_password, text));
  const auto bytes = *from_base64url(text);
  const auto own = bytes.substr(0, 16);
  const auto theirs = *from_base64url(links.issue(Purpose::reset_password, Uuid::v7()));
  CHECK_FALSE(is_taken(base64url(own + theirs.substr(16))));
  CHECK_FALSE(is_taken(base64url(theirs.substr(0, 16) + bytes.substr(16))));
  CHECK(is_taken(base64url(own + hmac("mail-linkreset_password" + own).substr(0, 16))));
  // A proof without its label, its purpose, or its beginning.
  CHECK_FALSE(is_taken(base64url(own + hmac("reset_password" + own).substr(0, 16))));
  CHECK_FALSE(is_taken(base64url(own + hmac("mail-link" + own).substr(0, 16))));
  CHECK_FALSE(is_taken(base64url(own + hmac("refresh" + own).substr(0, 16))));
  CHECK_FALSE(is_taken(base64url(own + hmac("mail-linkreset_password" + own).substr(16))));
  for (const auto& junk : {std::string(), std::string(43, 'A'), std::string(43, '\0'), std::string(43, '='),
                           std::string(10'000, 'A'), std::string(10'000, '\xff'), text + text})
    CHECK_FALSE(is_taken(junk));
}
