#include "schema/sealed_box.hpp"

#include <sodium.h>

#include "schema/sodium.hpp"

namespace epicura {

namespace {

constexpr std::string_view context = "epicura sealed box 1";
constexpr char format = 1;
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t head_bytes = 1 + nonce_bytes;
constexpr std::size_t proof_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::array<unsigned char, crypto_aead_xchacha20poly1305_ietf_KEYBYTES> key_of(std::string_view secret) {
  const auto labelled = std::string(context) + std::string(secret);
  std::array<unsigned char, crypto_aead_xchacha20poly1305_ietf_KEYBYTES> key{};
  crypto_generichash(key.data(), key.size(), bytes_of(labelled), labelled.size(), nullptr, 0);
  return key;
}

std::string bound_to(const Uuid& owner) {
  return format + std::string(owner.bytes.begin(), owner.bytes.end());
}

}  // namespace

SealedBox::SealedBox(const SigningKeys& keys) {
  prepare_sodium();
  keys_.push_back(key_of(keys.current));
  if (!keys.previous.empty()) keys_.push_back(key_of(keys.previous));
}

std::string SealedBox::seal(std::string_view text, const Uuid& owner) const {
  std::string box(head_bytes + text.size() + proof_bytes, format);
  const auto bound = bound_to(owner);
  auto* nonce = bytes_of(box) + 1;
  randombytes_buf(nonce, nonce_bytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(box) + head_bytes, nullptr, bytes_of(text), text.size(),
                                             bytes_of(bound), bound.size(), nullptr, nonce, keys_.front().data());
  return box;
}

std::optional<std::string> SealedBox::open(std::string_view box, const Uuid& owner) const {
  if (box.size() < head_bytes + proof_bytes || box[0] != format) return std::nullopt;
  const auto bound = bound_to(owner);
  const auto sealed = box.substr(head_bytes);
  std::string text(sealed.size() - proof_bytes, '\0');
  for (const auto& key : keys_) {
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(bytes_of(text), nullptr, nullptr, bytes_of(sealed), sealed.size(),
                                                   bytes_of(bound), bound.size(), bytes_of(box) + 1, key.data()) == 0)
      return text;
  }
  return std::nullopt;
}

}  // namespace epicura
