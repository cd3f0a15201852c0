#pragma once

namespace epicura {

// Before any other call into libsodium, each time: it does its work once. Throws std::runtime_error where libsodium
// cannot be initialized. Any thread.
void prepare_sodium();

}  // namespace epicura
