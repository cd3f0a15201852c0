#pragma once

#include <cstddef>
#include <string>

namespace epicura {

// Of OpenSSL's generator, good for secrets. Throws std::runtime_error where it has none. Any thread.
std::string random_bytes(std::size_t count);

}  // namespace epicura
