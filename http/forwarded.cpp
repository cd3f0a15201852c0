#include "http/forwarded.hpp"

#include "schema/list.hpp"

namespace epicura::http {

std::optional<IpAddress> forwarded_client(std::string_view forwarded_for, const AddressBlocks& trusted) {
  std::optional<IpAddress> client;
  while (!forwarded_for.empty()) {
    const auto comma = forwarded_for.rfind(',');
    const auto hop =
        IpAddress::parse(trimmed(comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1)));
    if (!hop) return client;
    client = hop;
    if (!contains(trusted, *hop)) return client;
    forwarded_for = forwarded_for.substr(0, comma == std::string_view::npos ? 0 : comma);
  }
  return client;
}

}  // namespace epicura::http
