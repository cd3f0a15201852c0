#include "schema/bcrypt.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace epicura;

namespace {

const std::string horse = "correct horse battery";
const std::string of_horse = "$2b$05$Y0jyW0fjZg/fZkOeaE7yauNtBBrZB.pMmdgdB3r9ZQm8cMHgWYncC";

}  // namespace

TEST_CASE("published vectors verify: crypt_blowfish's own for $2a$ and $2y$, pyca's for $2b$") {
  struct Vector {
    const char *hash, *password;
  };
  for (const auto& vector : {Vector{"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
                             {"$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"},
                             {"$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", "U*U*U"},
                             {"$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy", ""},
                             {"$2a$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq", "\xa3"},
                             {"$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq", "\xa3"},
                             {"$2b$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm", "Kk4DQuMMfZL9o"}}) {
    CAPTURE(vector.hash);
    CHECK(verify_bcrypt(vector.hash, vector.password));
    CHECK_FALSE(verify_bcrypt(vector.hash, std::string(vector.password) + "x"));
  }
}

TEST_CASE("the three prefixes are the same for what people type") {
  for (const char kind : {'a', 'b', 'y'}) {
    std::string hash = of_horse, of_letters = "$2b$05$Y0jyW0fjZg/fZkOeaE7yauAcq18edc1n0YN8cYUloJMNFi51urYy.";
    hash[2] = of_letters[2] = kind;
    CHECK(verify_bcrypt(hash, horse));
    CHECK_FALSE(verify_bcrypt(hash, "correct horse batterY"));
    CHECK_FALSE(verify_bcrypt(hash, ""));
    CHECK(verify_bcrypt(of_letters, "grüß dich, Topf \xf0\x9f\x8d\xb2"));
  }
  for (const auto* other : {"$2x$", "$2$", "$2c$", "$1$", "$2B$"})
    CHECK_FALSE(verify_bcrypt(other + of_horse.substr(4), horse));
}

TEST_CASE("72 bytes of a password count") {
  const std::string of_72 = "$2b$04$Y0jyW0fjZg/fZkOeaE7yauBcHHEgqHichxROe7SzeGiS1xdY2fCFW";
  const std::string most(71, 'a'), all(72, 'a'), more_than_libxcrypt_takes(4096, 'a');
  CHECK_FALSE(verify_bcrypt(of_72, most));
  CHECK(verify_bcrypt(of_72, all));
  CHECK(verify_bcrypt(of_72, all + "b"));
  CHECK(verify_bcrypt(of_72, more_than_libxcrypt_takes));
  CHECK_FALSE(verify_bcrypt(of_72, most + "b"));
  CHECK(verify_bcrypt("$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",  // crypt_blowfish's
                      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                      "chars after 72 are ignored"));
  // The 72nd byte is within the last of 24 euro signs.
  const std::string of_euros = "$2b$04$Y0jyW0fjZg/fZkOeaE7yauaP.IsJ4Uqv7j1iPK.UJGGqPAkZJxSpm";
  std::string euros = "x";
  for (int i = 0; i < 24; ++i) euros += "\xe2\x82\xac";
  CHECK(verify_bcrypt(of_euros, euros));
  CHECK(verify_bcrypt(of_euros, euros.substr(0, 72)));
  CHECK_FALSE(verify_bcrypt(of_euros, euros.substr(0, 70)));
}

TEST_CASE("a NUL does not end a password") {
  const std::string of_nothing = "$2b$04$Y0jyW0fjZg/fZkOeaE7yauLSszYGx0BZst6Y8BbGWtbN5OkdsH9Bu";
  CHECK(verify_bcrypt(of_nothing, ""));
  CHECK_FALSE(verify_bcrypt(of_nothing, std::string(1, '\0')));
  CHECK_FALSE(verify_bcrypt(of_horse, horse + '\0'));
  CHECK_FALSE(verify_bcrypt(of_horse, horse + '\0' + "x"));
}

TEST_CASE("a hash that would cost more than 14 is refused, though the password is right") {
  CHECK(verify_bcrypt("$2b$14$Y0jyW0fjZg/fZkOeaE7yauHiTIFKZQdpFiquDPo7N/npuM9d.FSMW", horse));
  CHECK_FALSE(verify_bcrypt("$2b$15$Y0jyW0fjZg/fZkOeaE7yauRGFd6CLYS/gmjBl6ijyp9sJHwgEANoG", horse));
  CHECK_FALSE(verify_bcrypt("$2b$31$Y0jyW0fjZg/fZkOeaE7yauRGFd6CLYS/gmjBl6ijyp9sJHwgEANoG", horse));
  CHECK_FALSE(verify_bcrypt("$2b$99$Y0jyW0fjZg/fZkOeaE7yauRGFd6CLYS/gmjBl6ijyp9sJHwgEANoG", horse));
  CHECK_FALSE(verify_bcrypt("$2b$03$Y0jyW0fjZg/fZkOeaE7yauRGFd6CLYS/gmjBl6ijyp9sJHwgEANoG", horse));
}

TEST_CASE("no byte of a bcrypt hash can be changed, dropped or added") {
  REQUIRE(verify_bcrypt(of_horse, horse));
  for (std::size_t i = 0; i < of_horse.size(); ++i) {
    CAPTURE(i);
    CHECK_FALSE(verify_bcrypt(of_horse.substr(0, i), horse));
    for (const int mask : {0x01, 0x02, 0x80, 0xff}) {
      std::string changed = of_horse;
      changed[i] = static_cast<char>(changed[i] ^ mask);
      CHECK_FALSE(verify_bcrypt(changed, horse));
    }
    std::string cut = of_horse;
    cut[i] = '\0';
    CHECK_FALSE(verify_bcrypt(cut, horse));
  }
  for (const auto* more : {"x", "\n", "$"}) CHECK_FALSE(verify_bcrypt(of_horse + more, horse));
  CHECK_FALSE(verify_bcrypt(of_horse + '\0', horse));
}
