#pragma once
// People's passwords: how they are kept, and which ones are let in. Each hash and each verification takes a core for
// milliseconds and 19 MiB: bound how many run at once, off the threads that serve requests. Functions are for any
// thread.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "schema/argon2id.hpp"

namespace epicura {

// The least that OWASP's Password Storage Cheat Sheet asks for.
constexpr Argon2idCost password_cost{.kib = std::size_t{19} * 1024, .passes = 2};

// By Argon2id, another one each time. About 10 ms. Throws std::runtime_error when memory runs out.
std::string hash_password(std::string_view password);

// `hash`: Argon2id as hash_password makes it, or bcrypt of an earlier system (schema/bcrypt.hpp). False for every other
// format, for a hash that is broken or would cost too much (see there), and for a password with a NUL.
// Compares in constant time; how long it takes depends on the hash's own format and cost: see decoy_hash.
// Throws only when memory runs out (std::runtime_error, std::bad_alloc), whatever the hash.
bool verify_password(std::string_view hash, std::string_view password);

// All but Argon2id of password_cost: to be hashed anew once the password was verified.
bool needs_new_hash(std::string_view hash);

// Verified where there is no account, so that both ways run one hash; nobody knows its password. Made at the first
// call, which throws as hash_password does: call it when the program starts. An account whose hash is still bcrypt
// takes longer all the same: the answer needs a floor on its time.
const std::string& decoy_hash();

enum class PasswordFault { too_short, too_long, has_nul, not_utf8, too_common };

constexpr std::size_t min_password_characters = 8;
constexpr std::size_t max_password_characters = 1024;  // code points: 4,096 bytes at most

// What is wrong with a password that somebody wants to have; absent: nothing. There are no rules of composition (NIST
// SP 800-63B, 5.1.1.2). `too_common`: among the 10,000 commonest (schema/common_passwords.hpp).
std::optional<PasswordFault> check_new_password(std::string_view password);

}  // namespace epicura
