#include "bus/max_payload.hpp"

#include <limits>
#include <string_view>

namespace epicura::bus {

std::size_t max_payload(const Connection& connection) {
  const Link link = connection.link();
  const auto said = link ? natsConnection_GetMaxPayload(link.get()) : 0;
  return said > 0 ? static_cast<std::size_t>(said) : std::numeric_limits<std::size_t>::max();
}

std::size_t size_of(const Outgoing& message) {
  constexpr std::string_view around = "NATS/1.0\r\n\r\n";
  constexpr std::string_view in_each = ": \r\n";
  std::size_t headers = 0;
  for (const auto& [name, value] : message.headers) headers += name.size() + in_each.size() + value.size();
  return message.payload.size() + headers + (headers > 0 ? around.size() : 0);
}

}  // namespace epicura::bus
