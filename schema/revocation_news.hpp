#pragma once
// What nodes tell each other of sessions that have ended: a message on cloud.auth.revoked. One without families is a
// sign of life.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/uuid.hpp"

namespace epicura {

struct RevocationNews {
  Uuid from;               // the process that says so
  std::uint64_t link = 0;  // which of its connections to NATS: it tells its own echo from one of an older connection
  std::vector<Uuid> families;
};

// {"families":["..."],"from":"...","link":3}
std::string encode(const RevocationNews& news);
std::optional<RevocationNews> decode_revocation_news(std::string_view text);  // absent: it is none

}  // namespace epicura
