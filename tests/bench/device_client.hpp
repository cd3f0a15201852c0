#pragma once
// A device's connection to the broker, of two makes. All functions throw std::runtime_error when the connection is
// lost.

#include <cstddef>
#include <memory>
#include <string>

namespace epicura::bench {

struct Identity {
  std::string id;     // client id and username
  std::string token;  // password; a broker that lets anybody in does not look at it
};

class DeviceClient {
 public:
  virtual ~DeviceClient() = default;
  virtual void connect(const std::string& host, int port) = 0;  // waits for the CONNACK
  virtual int socket() const = 0;
  virtual void publish(const std::string& topic, const std::string& payload) = 0;  // QoS 1
  virtual std::size_t read_answers() = 0;  // when the socket is readable: how many PUBACKs have come
};

std::unique_ptr<DeviceClient> make_stock_client(Identity identity);  // libmosquitto
std::unique_ptr<DeviceClient> make_lean_client(Identity identity);   // the kitchen's packets, one send() each

}  // namespace epicura::bench
