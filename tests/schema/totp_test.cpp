#include "schema/totp.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace epicura;

namespace {

const std::string secret = "12345678901234567890";  // of the RFCs

Timestamp at(std::int64_t seconds) {
  return Timestamp{std::chrono::seconds{seconds}};
}

}  // namespace

TEST_CASE("TOTP: the vectors of RFC 4226, appendix D") {
  const char* const codes[] = {"755224", "287082", "359152", "969429", "338314",
                               "254676", "287922", "162583", "399871", "520489"};
  for (int step = 0; step < 10; ++step) CHECK(totp_code(secret, step) == codes[step]);
}

TEST_CASE("TOTP: the vectors of RFC 6238, appendix B, of which six digits are the last six of eight") {
  const struct {
    std::int64_t time;
    std::int64_t step;
    const char* code;
  } vectors[] = {{59, 0x1, "94287082"},
                 {1111111109, 0x23523EC, "07081804"},
                 {1111111111, 0x23523ED, "14050471"},
                 {1234567890, 0x273EF07, "89005924"},
                 {2000000000, 0x3F940AA, "69279037"},
                 {20000000000, 0x27BC86AA, "65353130"}};
  for (const auto& [time, step, code] : vectors) {
    CAPTURE(time);
    CHECK(totp_code(secret, step) == code + 2);
    CHECK(verify_totp(secret, code + 2, at(time), no_totp_step) == step);
    CHECK_FALSE(verify_totp(secret, code, at(time), no_totp_step));
  }
}

TEST_CASE("a code is taken in its step, the one before and the one after") {
  const std::int64_t step = 58'000'000;
  const auto code = totp_code(secret, step);
  const auto begin = at(step * 30);
  const Millis one{1};
  const auto taken = [&](Timestamp now) { return verify_totp(secret, code, now, no_totp_step) == step; };
  CHECK(taken(begin));
  CHECK(taken(begin + totp_step - one));
  CHECK(taken(begin - totp_step));
  CHECK(taken(begin + 2 * totp_step - one));
  CHECK_FALSE(taken(begin - totp_step - one));
  CHECK_FALSE(taken(begin + 2 * totp_step));
  CHECK(totp_code(secret, 0) == "755224");
  CHECK(verify_totp(secret, "755224", at(0), no_totp_step) == 0);
}

TEST_CASE("a code counts once, and none counts before one that was used") {
  const std::int64_t step = 58'000'000;
  const auto now = at(step * 30 + 7);
  for (std::int64_t typed = step - 1; typed <= step + 1; ++typed) {
    const auto code = totp_code(secret, typed);
    CHECK(verify_totp(secret, code, now, typed - 1) == typed);
    CHECK_FALSE(verify_totp(secret, code, now, typed));
    CHECK_FALSE(verify_totp(secret, code, now, typed + 1));
    CHECK_FALSE(verify_totp(secret, code, now, INT64_MAX));
  }
}

TEST_CASE("digits that two steps share count once, too") {
  // Found by trying: no two steps nearer to 1970 share theirs.
  REQUIRE(totp_code(secret, 910'737) == "911617");
  REQUIRE(totp_code(secret, 910'738) == "911617");
  const auto first = verify_totp(secret, "911617", at(std::int64_t{910'737} * 30), no_totp_step);
  CHECK(first == 910'738);
  for (int steps = 0; steps < 4; ++steps)
    CHECK_FALSE(verify_totp(secret, "911617", at(std::int64_t{910'737 + steps} * 30), *first));
  REQUIRE(totp_code(secret, 153'567) == "468457");
  REQUIRE(totp_code(secret, 153'569) == "468457");
  CHECK(verify_totp(secret, "468457", at(std::int64_t{153'568} * 30), no_totp_step) == 153'569);
}

TEST_CASE("a code is typed as people type it, and nothing else is one") {
  const auto now = at(59);
  const auto taken = [&](std::string_view typed) { return verify_totp(secret, typed, now, no_totp_step).has_value(); };
  for (const auto* typed : {"287082", "287 082", "28 70 82", " 287082", "287082 ", "2 8 7 0 8 2"})
    CHECK_MESSAGE(taken(typed), typed);
  for (const auto* typed :
       {"", " ", "28708", "2870820", "0287082", "28708a", "287-082", "287.082", "+87082", "287082\n", "\t287082",
        "287\xc2\xa0"
        "082",
        "\xef\xbc\x92"
        "87082",
        "287083", "187082"})
    CHECK_MESSAGE(!taken(typed), typed);
  CHECK_FALSE(taken(std::string_view("287082\0", 7)));
  CHECK_FALSE(taken(std::string_view("287\0082", 7)));
  CHECK_FALSE(taken("287" + std::string(10'000, ' ') + "082"));
  CHECK_FALSE(taken(std::string(10'000, '2')));
  CHECK_FALSE(taken(std::string(10'000, '\0')));
}

TEST_CASE("a code of another secret is none") {
  const auto code = totp_code(secret, 1);
  CHECK_FALSE(verify_totp("12345678901234567891", code, at(59), no_totp_step));
  CHECK_FALSE(verify_totp("", code, at(59), no_totp_step));
}

TEST_CASE("secrets are 20 bytes, and no two are the same") {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto made = make_totp_secret();
    CHECK(made.size() == 20);
    CHECK(seen.insert(made).second);
  }
}

TEST_CASE("the URI for an authenticator app") {
  CHECK(totp_uri(secret, "alice@example.org") ==
        "otpauth://totp/Epicura:alice%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Epicura"
        "&algorithm=SHA1&digits=6&period=30");
  // All that an address may hold, and what none should.
  const auto label = [](std::string_view email) {
    const auto uri = totp_uri(secret, email);
    const auto begin = uri.find(':', 10) + 1;
    return uri.substr(begin, uri.find('?') - begin);
  };
  CHECK(label("a.b-c_d~e0Z9@x.org") == "a.b-c_d~e0Z9%40x.org");
  CHECK(label("!#$%&'*+/=?^`{|}@x.org") == "%21%23%24%25%26%27%2A%2B%2F%3D%3F%5E%60%7B%7C%7D%40x.org");
  CHECK(label("j\xc3\xb6rg@x.org") == "j%C3%B6rg%40x.org");
  CHECK(label("a:b&secret=AAAA\r\n") == "a%3Ab%26secret%3DAAAA%0D%0A");
}
