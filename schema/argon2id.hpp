#pragma once
// Passwords hashed by Argon2id (RFC 9106), as libsodium writes it: one lane, a salt of 16 bytes, a hash of 32,
// "$argon2id$v=19$m=<KiB>,t=<passes>,p=1$<22 characters of base64>$<43>". Any thread.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace epicura {

struct Argon2idCost {
  std::size_t kib = 0;     // of memory
  std::size_t passes = 0;  // over all of it
  bool operator==(const Argon2idCost&) const = default;
};

// What a hash says of its own cost is taken up to here: a third of a second, against 10 ms for 19 MiB and two passes.
constexpr std::size_t max_argon2id_kib = std::size_t{256} * 1024;
constexpr std::size_t max_argon2id_kib_times_passes = std::size_t{1024} * 1024;

// Absent where the hash is not of the form above, or beyond these limits.
std::optional<Argon2idCost> argon2id_cost(std::string_view hash);

// With a new salt each time. Throws std::runtime_error when there is no memory for it.
std::string hash_argon2id(std::string_view password, Argon2idCost cost);

// Compares in constant time. False where argon2id_cost is absent, and for every spelling that is not libsodium's own.
// Throws std::runtime_error when there is no memory for it: "wrong" would be said of every password then.
bool verify_argon2id(std::string_view hash, std::string_view password);

}  // namespace epicura
