#include "schema/argon2id.hpp"

#include <sodium.h>

#include <array>
#include <charconv>
#include <stdexcept>

#include "schema/sodium.hpp"

namespace epicura {
namespace {

constexpr std::size_t hash_bytes = 32;
constexpr int base64 = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;

using Salt = std::array<unsigned char, crypto_pwhash_SALTBYTES>;
using Hash = std::array<unsigned char, hash_bytes>;

struct Parts {
  Argon2idCost cost;
  Salt salt;
  Hash hash;
};

// Takes `mark` and the number after it from the front of `text`.
bool take(std::string_view& text, std::string_view mark, std::size_t& number) {
  if (!text.starts_with(mark)) return false;
  const auto [rest, error] = std::from_chars(text.data() + mark.size(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  return error == std::errc{};
}

// All of `text`, into all of `bytes`.
template <std::size_t Size>
bool from_base64(std::string_view text, std::array<unsigned char, Size>& bytes) {
  std::size_t size = 0;
  return sodium_base642bin(bytes.data(), Size, text.data(), text.size(), nullptr, &size, nullptr, base64) == 0 &&
         size == Size;
}

template <std::size_t Size>
std::string to_base64(const std::array<unsigned char, Size>& bytes) {
  std::array<char, sodium_base64_ENCODED_LEN(Size, base64)> text{};
  return sodium_bin2base64(text.data(), text.size(), bytes.data(), Size, base64);
}

std::optional<Parts> parse(std::string_view text) {
  Parts parts{};
  if (!take(text, "$argon2id$v=19$m=", parts.cost.kib) || !take(text, ",t=", parts.cost.passes)) return std::nullopt;
  constexpr std::string_view one_lane = ",p=1$";
  const auto last = text.rfind('$');
  if (!text.starts_with(one_lane) || last < one_lane.size()) return std::nullopt;
  const auto salt = text.substr(one_lane.size(), last - one_lane.size());
  if (!from_base64(salt, parts.salt) || !from_base64(text.substr(last + 1), parts.hash)) return std::nullopt;
  const auto [kib, passes] = parts.cost;
  if (kib < crypto_pwhash_MEMLIMIT_MIN / 1024 || kib > max_argon2id_kib) return std::nullopt;
  if (passes < crypto_pwhash_OPSLIMIT_MIN || passes > max_argon2id_kib_times_passes / kib) return std::nullopt;
  return parts;
}

std::string spell(const Parts& parts) {
  return "$argon2id$v=19$m=" + std::to_string(parts.cost.kib) + ",t=" + std::to_string(parts.cost.passes) + ",p=1$" +
         to_base64(parts.salt) + "$" + to_base64(parts.hash);
}

std::string make(std::string_view password, Argon2idCost cost, const Salt& salt) {
  Parts parts{cost, salt, {}};
  if (crypto_pwhash(parts.hash.data(), parts.hash.size(), password.data(), password.size(), salt.data(), cost.passes,
                    cost.kib * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::runtime_error("no memory for Argon2id");
  return spell(parts);
}

}  // namespace

std::optional<Argon2idCost> argon2id_cost(std::string_view hash) {
  const auto parts = parse(hash);
  return parts ? std::optional(parts->cost) : std::nullopt;
}

std::string hash_argon2id(std::string_view password, Argon2idCost cost) {
  prepare_sodium();
  Salt salt;
  randombytes_buf(salt.data(), salt.size());
  return make(password, cost, salt);
}

bool verify_argon2id(std::string_view hash, std::string_view password) {
  prepare_sodium();
  const auto parts = parse(hash);
  if (!parts) return false;
  // Not crypto_pwhash_str_verify: that one says "wrong" also where it got no memory.
  const auto genuine = make(password, parts->cost, parts->salt);
  return genuine.size() == hash.size() && sodium_memcmp(genuine.data(), hash.data(), hash.size()) == 0;
}

}  // namespace epicura
