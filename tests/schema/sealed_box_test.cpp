#include "schema/sealed_box.hpp"

#include <doctest/doctest.h>

#include <set>

#include "schema/base64.hpp"

using namespace epicura;

namespace {

const std::string key = "a key of second factors, 32 bytes and more";
const std::string text = "12345678901234567890";
const Uuid owner = *Uuid::parse("0192f0aa-3b1c-7d2e-8f00-0123456789ab");

}  // namespace

TEST_CASE("what was sealed opens for its owner") {
  const SealedBox boxes({key});
  const auto box = boxes.seal(text, owner);
  CHECK(box.size() == 1 + 24 + text.size() + 16);
  CHECK(box[0] == 1);
  CHECK(box.find(text) == std::string::npos);
  CHECK(boxes.open(box, owner) == text);
  CHECK(SealedBox({key}).open(box, owner) == text);  // by any process with the key
  for (const auto& other : {std::string(), std::string(1, '\0'), std::string(10'000, 'x')})
    CHECK(boxes.open(boxes.seal(other, owner), owner) == other);
}

TEST_CASE("a box that was made elsewhere opens: the layout stays") {
  // python3, with XChaCha20-Poly1305 written from RFC 8439 and the draft, and checked by the draft's vector A.3.1:
  // key = hashlib.blake2b(b"epicura sealed box 1" + key, digest_size=32).digest(); nonce = bytes(range(24))
  // b64encode(b"\1" + nonce + seal(key, nonce, b"\1" + owner, text))
  const auto box = from_base64("AQABAgMEBQYHCAkKCwwNDg8QERITFBUWF+mLAAKx0vxH/pLJbDs61KGnEXdAan1L13odCgXV5b5ls3xCWQ==");
  REQUIRE(box);
  CHECK(SealedBox({key}).open(*box, owner) == text);
}

TEST_CASE("no two boxes are the same") {
  const SealedBox boxes({key});
  std::set<std::string> nonces;
  for (int i = 0; i < 1000; ++i) {
    const auto box = boxes.seal(text, owner);
    CHECK(nonces.insert(box.substr(1, 24)).second);
    CHECK(nonces.insert(box.substr(25)).second);
  }
}

TEST_CASE("while the key is replaced both open, and the new one seals") {
  const std::string before = "the key of second factors before it, 32 bytes and more";
  const auto old = SealedBox({before}).seal(text, owner);
  CHECK_FALSE(SealedBox({key}).open(old, owner));
  const SealedBox boxes({key, before});
  CHECK(boxes.open(old, owner) == text);
  const auto fresh = boxes.seal(text, owner);
  CHECK(boxes.open(fresh, owner) == text);
  CHECK(SealedBox({key}).open(fresh, owner) == text);
  CHECK_FALSE(SealedBox({before}).open(fresh, owner));
  CHECK(SealedBox({before, key}).open(fresh, owner) == text);
  // No key before it is no key, not an empty one.
  CHECK_FALSE(boxes.open(SealedBox({""}).seal(text, owner), owner));
  CHECK_FALSE(SealedBox({key}).open(SealedBox({""}).seal(text, owner), owner));
  CHECK_FALSE(SealedBox({key + "x"}).open(fresh, owner));
}

TEST_CASE("a box of somebody else, changed or cut off does not open") {
  const SealedBox boxes({key, "the key before it"});
  const auto box = boxes.seal(text, owner);
  auto other = owner;
  other.bytes[15] ^= 1;
  CHECK_FALSE(boxes.open(box, other));
  CHECK_FALSE(boxes.open(box, Uuid{}));
  for (std::size_t place = 0; place < box.size(); ++place) {
    CAPTURE(place);
    for (int bit = 0; bit < 8; ++bit) {
      auto flipped = box;
      flipped[place] = static_cast<char>(flipped[place] ^ 1 << bit);
      CHECK_FALSE(boxes.open(flipped, owner));
    }
    CHECK_FALSE(boxes.open(box.substr(0, place), owner));
    CHECK_FALSE(boxes.open(box.substr(place + 1), owner));
    CHECK_FALSE(boxes.open(box.substr(0, place) + '\1' + box.substr(place), owner));
  }
  const auto second = boxes.seal("another text, as it is", owner);
  CHECK_FALSE(boxes.open(box.substr(0, 25) + second.substr(25), owner));
  for (const auto& junk : {std::string(), std::string(1, '\1'), std::string(40, '\1'), std::string(41, '\1'),
                           std::string(10'000, '\1'), std::string(10'000, '\0'), box + box, base64(box)})
    CHECK_FALSE(boxes.open(junk, owner));
}
