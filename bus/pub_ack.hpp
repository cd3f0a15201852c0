#pragma once
// JetStream's answer to a publish. Pure.

#include <string_view>

namespace epicura::bus {

struct PubAck {
  bool stored = false;           // also when it is a duplicate of what is stored
  std::string_view description;  // why not, in the server's words; points into the payload
};

// {"stream":"S","seq":N[,"duplicate":true]} or {"error":{"code":..,"description":".."},..}. An empty payload is the
// server's "no responders": no stream takes the subject. Anything that is not a plain yes is a no.
PubAck read_pub_ack(std::string_view payload);

}  // namespace epicura::bus
