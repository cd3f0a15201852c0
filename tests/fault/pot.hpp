#pragma once
// A device that sends what it is told to, byte by byte: right or wrong. MQTT 3.1.1, blocking, 5 s for every answer.

#include <cstdint>
#include <string>
#include <string_view>

#include "bridge/kitchen/answer_reader.hpp"
#include "tests/fault/house.hpp"

namespace epicura::tests {

class Pot {
 public:
  static constexpr int hung_up = -1;  // the broker closed the connection, or said nothing for 5 s

  explicit Pot(int port);
  ~Pot();
  Pot(const Pot&) = delete;
  Pot& operator=(const Pot&) = delete;

  // The CONNACK's code, 0: accepted; or hung_up.
  int connect(const KitchenDevice& device);
  int connect(const std::string& client_id, const std::string& username, const std::string& password);
  // QoS 1. True: its PUBACK came.
  bool publish(std::string_view topic, std::string_view payload);

 private:
  bool send(const std::string& bytes) const;
  bool receive(bridge::kitchen::Answer& answer);

  int socket_ = -1;
  std::uint16_t packet_id_ = 0;
  bridge::kitchen::AnswerReader reader_;
};

}  // namespace epicura::tests
