#include "schema/recovery_codes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "schema/hmac_sha256.hpp"

using namespace epicura;

namespace {

const std::string key = "a key of second factors, 32 bytes and more";

std::string upper(std::string text) {
  for (auto& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<std::uint8_t>(byte));
  return text;
}

}  // namespace

TEST_CASE("ten codes of two groups, each kept as a hash of its own") {
  const RecoveryCodes codes({key});
  const auto made = codes.make(recovery_codes_of_user);
  CHECK(made.size() == 10);
  std::set<std::string> seen;
  for (const auto& [text, hash] : made) {
    CHECK(text.size() == 11);
    CHECK(text[5] == '-');
    CHECK(text.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz-") == std::string::npos);
    CHECK(hash.size() == 32);
    CHECK(seen.insert(text).second);
    CHECK(seen.insert(hash).second);
    CHECK(codes.hashes_of(text) == std::vector{hash});
  }
  CHECK(codes.make(0).empty());
}

TEST_CASE("every letter comes, as often as every other") {
  std::map<char, int> times;
  for (const auto& code : RecoveryCodes({key}).make(3200)) {
    for (const char c : code.text) ++times[c];
  }
  times.erase('-');
  CHECK(times.size() == 32);
  // 1,000 of each are expected, with a standard deviation of 31.
  for (const auto& [letter, count] : times) CHECK_MESSAGE((count > 800 && count < 1200), letter);
}

TEST_CASE("a code is read however it is typed") {
  const RecoveryCodes codes({key});
  for (const auto& [text, hash] : codes.make(100)) {
    const auto letters = text.substr(0, 5) + text.substr(6);
    for (const auto& typed :
         {letters, upper(text), upper(letters), " " + text + " ", text.substr(0, 5) + " - " + text.substr(6),
          text.substr(0, 2) + " " + text.substr(2), "-" + text + "--"})
      CHECK_MESSAGE(codes.hashes_of(typed) == std::vector{hash}, typed);
    auto misread = text;
    for (auto& c : misread) c = c == '0' ? 'O' : c == '1' ? 'l' : c;
    CHECK(codes.hashes_of(misread) == std::vector{hash});
    std::replace(misread.begin(), misread.end(), 'l', 'I');
    CHECK(codes.hashes_of(misread) == std::vector{hash});
  }
}

TEST_CASE("a code's hash that was made elsewhere: the layout stays") {
  // python3: hmac.digest(key, b"recovery-code" + b"4hx7kp0m1d", "sha256").hex()
  const auto hashes = RecoveryCodes({key}).hashes_of("4HX7K-POMLD");
  REQUIRE(hashes.size() == 1);
  CHECK(hex(hashes[0]) == "e75d666890ed03268631b855a8c87d9b292701df315a746be1b073cadc0e6866");
}

TEST_CASE("during a rotation a code is looked for under both keys") {
  const std::string before = "the key of second factors before it, 32 bytes and more";
  const auto old = RecoveryCodes({before}).make(1)[0];
  const RecoveryCodes codes({key, before});
  const auto hashes = codes.hashes_of(old.text);
  REQUIRE(hashes.size() == 2);
  CHECK(hashes[0] == RecoveryCodes({key}).hashes_of(old.text)[0]);
  CHECK(hashes[1] == old.hash);
  CHECK(hashes[0] != hashes[1]);
  const auto fresh = codes.make(1)[0];
  CHECK(codes.hashes_of(fresh.text)[0] == fresh.hash);
  CHECK(RecoveryCodes({key}).hashes_of(fresh.text) == std::vector{fresh.hash});
}

TEST_CASE("what is no code has no hash, and another code has another") {
  const RecoveryCodes codes({key, "the key before it"});
  const auto [text, hash] = codes.make(1)[0];
  for (std::size_t place = 0; place < text.size(); ++place) {
    CAPTURE(place);
    auto changed = text;
    changed[place] = changed[place] == 'z' ? 'y' : 'z';
    const auto hashes = codes.hashes_of(changed);
    CHECK(std::find(hashes.begin(), hashes.end(), hash) == hashes.end());
    if (place == 5) continue;
    CHECK(hashes.size() == 2);
    CHECK(codes.hashes_of(text.substr(0, place) + text.substr(place + 1)).empty());
    for (const auto* other : {"u", "U", "_", ".", "\n", "\t", "\xe2\x80\x93", "\xc3\xb6"})
      CHECK_MESSAGE(codes.hashes_of(text.substr(0, place) + other + text.substr(place + 1)).empty(), other);
  }
  CHECK(codes.hashes_of(text.substr(0, 10) + '\0').empty());
  for (const auto& junk : {std::string(), std::string("-"), std::string(10, ' '), std::string(10, '-'),
                           std::string(10, '\0'), text + "0", "0" + text, text + text, std::string(10'000, '0'),
                           text + std::string(10'000, ' '), std::string("123456"), std::string("123 456")})
    CHECK(codes.hashes_of(junk).empty());
}
