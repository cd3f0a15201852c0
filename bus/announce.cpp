#include "bus/announce.hpp"

namespace epicura::bus {

bool announce(Connection& connection, const char* subject, std::string_view payload) {
  const Link link = connection.link();
  return link &&
         natsConnection_Publish(link.get(), subject, payload.data(), static_cast<int>(payload.size())) == NATS_OK;
}

}  // namespace epicura::bus
