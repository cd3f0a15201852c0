#pragma once
// Who the client is when it came by way of proxies.

#include <string>
#include <string_view>

#include "schema/ip_address.hpp"

namespace epicura::http {

// The hop furthest to the right in X-Forwarded-For that is no trusted proxy: what stands left of it, the client may
// have made up. Where all are trusted, the leftmost; absent where the field does not say. To be asked only when the
// peer itself is trusted.
std::optional<IpAddress> forwarded_client(std::string_view forwarded_for, const AddressBlocks& trusted);

}  // namespace epicura::http
