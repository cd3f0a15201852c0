#include "schema/hmac_sha256.hpp"

#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace epicura {
namespace {

struct Free {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

class KeyedContext {
 public:
  KeyedContext() {
    const std::unique_ptr<EVP_MAC, Free> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    context_.reset(mac ? EVP_MAC_CTX_new(mac.get()) : nullptr);
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                     OSSL_PARAM_construct_end()};
    if (!context_ || EVP_MAC_CTX_set_params(context_.get(), parameters) != 1)
      throw std::runtime_error("OpenSSL has no HMAC-SHA256");
  }

  std::array<char, 32> prove(std::string_view key, std::string_view text) {
    const bool known = keyed_ && key == key_;
    const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
    // No key: begins anew with the one it has.
    keyed_ = EVP_MAC_init(context_.get(), known ? nullptr : bytes, known ? 0 : key.size(), nullptr) == 1;
    if (!known) key_ = key;
    std::array<char, 32> proof{};
    std::size_t size = 0;
    if (!keyed_ ||
        EVP_MAC_update(context_.get(), reinterpret_cast<const unsigned char*>(text.data()), text.size()) != 1 ||
        EVP_MAC_final(context_.get(), reinterpret_cast<unsigned char*>(proof.data()), &size, proof.size()) != 1 ||
        size != proof.size())
      throw std::runtime_error("OpenSSL cannot make an HMAC-SHA256");
    return proof;
  }

 private:
  std::unique_ptr<EVP_MAC_CTX, Free> context_;
  std::string key_;
  bool keyed_ = false;
};

}  // namespace

std::array<char, 32> hmac_sha256(std::string_view key, std::string_view text) {
  thread_local KeyedContext context;
  return context.prove(key, text);
}

std::string labelled_hmac(std::string_view key, std::string_view label, std::string_view bytes) {
  std::string text(label);
  text += bytes;
  const auto code = hmac_sha256(key, text);
  return {code.data(), code.size()};
}

}  // namespace epicura
