#include "schema/password.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>

#include <stdexcept>

using namespace epicura;

namespace {

const std::string horse = "correct horse battery";
// Of a cost that lets hundreds be tried:  printf 'correct horse battery' | argon2 kitchen-and-pots -id -t 2 -k 256 -p 1
// -e
const std::string cheap =
    "$argon2id$v=19$m=256,t=2,p=1$a2l0Y2hlbi1hbmQtcG90cw$cpIGOR4/YmoW/Mp7U2uA9HKPjGsFvo75kSzqkruGqXE";
const std::string of_bcrypt = "$2b$05$Y0jyW0fjZg/fZkOeaE7yauNtBBrZB.pMmdgdB3r9ZQm8cMHgWYncC";

}  // namespace

TEST_CASE("a password is verified by its hash, and no other is") {
  const auto hash = hash_password(horse);
  CHECK(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
  CHECK(verify_password(hash, horse));
  for (const auto* other : {"", "correct horse batter", "correct horse battery ", "Correct horse battery"})
    CHECK_FALSE(verify_password(hash, other));
  CHECK(hash_password(horse) != hash);
}

TEST_CASE("hashes by the reference implementation (the command argon2) verify") {
  for (const auto* hash :
       {"$argon2id$v=19$m=8,t=1,p=1$a2l0Y2hlbi1hbmQtcG90cw$9HV0KtnK7Uc7csl0DTszrUmO7lxTRhcyzGyIVzOaiqc",
        "$argon2id$v=19$m=256,t=2,p=1$a2l0Y2hlbi1hbmQtcG90cw$cpIGOR4/YmoW/Mp7U2uA9HKPjGsFvo75kSzqkruGqXE",
        "$argon2id$v=19$m=19456,t=2,p=1$a2l0Y2hlbi1hbmQtcG90cw$ayeBpXIkA8cKWEYVFNlc19fYcyY5HE+It6rdJuO//gI",
        "$argon2id$v=19$m=65536,t=2,p=1$a2l0Y2hlbi1hbmQtcG90cw$3EWvf3PJSk4EUfeqXWz9TlZjZ97nkltwCK63hpDcpuE"}) {
    CAPTURE(hash);
    CHECK(verify_password(hash, horse));
    CHECK_FALSE(verify_password(hash, "correct horse batterz"));
  }
}

TEST_CASE("every byte of a long password counts") {
  std::string pots;
  for (int i = 0; i < 1024; ++i) pots += "\xf0\x9f\x8d\xb2";
  const auto hash = hash_password(pots);
  CHECK(verify_password(hash, pots));
  auto other = pots;
  other.back() = '\xb3';
  CHECK_FALSE(verify_password(hash, other));
  CHECK_FALSE(verify_password(hash, pots.substr(0, 72)));
}

TEST_CASE("a password with a NUL is never right") {
  const std::string with_nul("correct\0horse", 13);
  const auto hash = hash_password(with_nul);
  CHECK_FALSE(verify_password(hash, with_nul));
  CHECK_FALSE(verify_password(hash, "correct"));
  CHECK_FALSE(verify_password(cheap, std::string(horse) + '\0'));
  CHECK_FALSE(verify_password(of_bcrypt, horse + '\0'));
}

TEST_CASE("bcrypt of earlier systems verifies") {
  CHECK(verify_password(of_bcrypt, horse));
  CHECK_FALSE(verify_password(of_bcrypt, "correct horse"));
}

TEST_CASE("formats that are none of ours are never right") {
  for (const auto* hash :
       {"", "$", "$argon2id$", "$2", "$2b$", "*0", "*1", "!", "x", "correct horse battery",
        // Of the same password: Argon2i, an older version, two lanes, a salt of 8 bytes, SHA-256.
        "$argon2i$v=19$m=256,t=2,p=1$a2l0Y2hlbi1hbmQtcG90cw$vGhMtSJ2v7SLlT8sca0DTa4lNyDkvCXN2ig0GmROPEQ",
        "$argon2id$v=16$m=256,t=2,p=1$a2l0Y2hlbi1hbmQtcG90cw$OgevDfOjDJw24+89LMwTYpb5Yyzp072ha33WIl2jekk",
        "$argon2id$v=19$m=256,t=2,p=2$a2l0Y2hlbi1hbmQtcG90cw$Z4F6M6jQfBm38lUANZPbmjS8LVOe3CQgNa71tUPJE/c",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$zyGkcknq0tngfkqn9yjGnrZeJOb3Za8uvhBvofDKuoE",
        "$5$kitchen$BLt22nRjkwjmFmOBqPCSNQ6M2YS4J8D5y6d/cHwpGE5"}) {
    CAPTURE(hash);
    CHECK_FALSE(verify_password(hash, horse));
    CHECK_FALSE(verify_password(hash, ""));
    CHECK(needs_new_hash(hash));
  }
  CHECK_FALSE(verify_password(cheap + std::string(1 << 20, 'A'), horse));
  CHECK_FALSE(verify_password(std::string(1 << 20, '$'), horse));
}

TEST_CASE("a hash that would cost too much is refused, though the password is right") {
  CHECK_FALSE(verify_password(
      "$argon2id$v=19$m=263168,t=1,p=1$NlZK/yUFbRD9iLFeFSbD5g$uNAAF+gmX/TKjjb1sA+Y5fvFBM5dRRgSWhN9fth7Bg4", horse));
  CHECK_FALSE(verify_password(
      "$argon2id$v=19$m=131072,t=9,p=1$lDYLEGQu0Otgqcw9XGHOKw$OwvabJvDt/zOxrLBg0LHxJXng7gNo0z1YAlYAUYVpzI", horse));
  const std::string rest = cheap.substr(cheap.find("$a2l"));
  for (const auto* cost :
       {"m=4294967295,t=1,p=1", "m=8,t=4294967295,p=1", "m=99999999999999999999,t=1,p=1",
        "m=4294967296,t=4294967296,p=1", "m=256,t=2,p=99999999999999999999", "m=256,t=2,p=0", "m=0,t=2,p=1",
        "m=7,t=2,p=1", "m=256,t=0,p=1", "m=256,t=,p=1", "m=0256,t=2,p=1", "m=-1,t=2,p=1", "m=256,t=2,p=4294967295"}) {
    CAPTURE(cost);
    CHECK_FALSE(verify_password(std::string("$argon2id$v=19$") + cost + rest, horse));
  }
}

TEST_CASE("no byte of an Argon2id hash can be changed, dropped or added") {
  REQUIRE(verify_password(cheap, horse));
  for (std::size_t i = 0; i < cheap.size(); ++i) {
    CAPTURE(i);
    CHECK_FALSE(verify_password(cheap.substr(0, i), horse));
    for (const int mask : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff}) {
      std::string changed = cheap;
      changed[i] = static_cast<char>(changed[i] ^ mask);
      CHECK_FALSE(verify_password(changed, horse));
    }
    std::string cut = cheap;
    cut[i] = '\0';
    CHECK_FALSE(verify_password(cut, horse));
    CHECK_FALSE(verify_password(cheap.substr(0, i) + cheap.substr(i + 1), horse));
  }
  for (const auto* more : {"x", "\n", "$", "="}) CHECK_FALSE(verify_password(cheap + more, horse));
  CHECK_FALSE(verify_password(cheap + '\0', horse));
}

TEST_CASE("only today's numbers of Argon2id need no new hash") {
  const auto hash = hash_password(horse);
  CHECK_FALSE(needs_new_hash(hash));
  CHECK(needs_new_hash(cheap));
  CHECK(needs_new_hash(of_bcrypt));
  for (std::size_t length = 0; length < hash.size(); ++length) CHECK(needs_new_hash(hash.substr(0, length)));
  CHECK(needs_new_hash(hash + '\0'));
  CHECK(needs_new_hash("x" + hash));
  CHECK(
      needs_new_hash("$argon2id$v=19$m=19456,t=3,p=1$PpxE4H9ycvhn5jOnxx4Twg$w35w9DoSrPnUnB7tWjS0oerIiRZp+T6Z5ECQNXWs"
                     "LRE"));
  CHECK(
      needs_new_hash("$argon2id$v=19$m=20480,t=2,p=1$v32b8iqqYtorFfsyTSp+bQ$k4QBSmDPYF49aiTGMGxFkfaHeFsplWTwRux6OvAJ"
                     "gBU"));
  auto of_two_lanes = hash;
  of_two_lanes[hash.find("p=1") + 2] = '2';
  CHECK(needs_new_hash(of_two_lanes));
}

TEST_CASE("the decoy is made once, costs what a genuine hash costs, and nobody's password verifies by it") {
  CHECK(&decoy_hash() == &decoy_hash());
  CHECK_FALSE(needs_new_hash(decoy_hash()));
  for (const auto* guess : {"", "password", "correct horse battery"}) CHECK_FALSE(verify_password(decoy_hash(), guess));
}

#ifndef __SANITIZE_ADDRESS__  // AddressSanitizer itself ends the process when it gets no memory
TEST_CASE("without memory nothing is said of a password") {
  const auto hash = hash_password(horse);
  bool hash_threw = false, verify_threw = false;
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_AS, &before) == 0);
  const rlimit none{1, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_AS, &none) == 0);
  try {
    hash_password(horse);
  } catch (const std::runtime_error&) {
    hash_threw = true;
  }
  try {
    verify_password(hash, horse);
  } catch (const std::runtime_error&) {
    verify_threw = true;
  }
  REQUIRE(setrlimit(RLIMIT_AS, &before) == 0);
  CHECK(hash_threw);
  CHECK(verify_threw);
  CHECK(verify_password(hash, horse));
}
#endif
