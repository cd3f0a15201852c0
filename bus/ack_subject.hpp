#pragma once
// Where a delivered message is acknowledged: its reply subject, which carries what the server knows of it. Pure.
//   $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<stored, ns>.<pending>
//   $JS.ACK.<domain>.<account>.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<stored,
//   ns>.<pending>[.<..>]

#include <cstdint>
#include <optional>
#include <string_view>

#include "schema/time.hpp"

namespace epicura::bus {

struct AckSubject {
  std::uint64_t delivered = 0;  // 1: the first delivery
  std::uint64_t stream_seq = 0;
  std::uint64_t consumer_seq = 0;  // counts the consumer's deliveries
  StoredTime stored_at;
  std::uint64_t pending = 0;  // messages that wait behind this one, for this consumer
};

std::optional<AckSubject> parse_ack_subject(std::string_view reply);

}  // namespace epicura::bus
