#include "schema/signing_keys.hpp"

#include <stdexcept>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace epicura {

std::string key_id_of(std::string_view key) {
  const auto labelled = "kid" + std::string(key);
  unsigned char digest[EVP_MAX_MD_SIZE];
  if (EVP_Digest(labelled.data(), labelled.size(), digest, nullptr, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("OpenSSL has no SHA-256");
  std::string id;
  for (int i = 0; i < 8; ++i) id += fmt::format("{:02x}", digest[i]);
  return id;
}

}  // namespace epicura
