#include "schema/sodium.hpp"

#include <sodium.h>

#include <stdexcept>

namespace epicura {

void prepare_sodium() {
  static const bool ready = sodium_init() >= 0;
  if (!ready) throw std::runtime_error("libsodium cannot be initialized");
}

}  // namespace epicura
