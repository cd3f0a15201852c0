#pragma once
// An MQTT client of another make (libmosquitto), driven by hand: each call runs the network until it has its answer.

#include <mosquitto.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/plugin/broker.hpp"

namespace epicura::test {

struct Received {
  std::string topic;
  std::string payload;
  int qos = 0;
  bool retained = false;
};

struct ClientSpec {
  std::string client_id;
  std::optional<std::string> username;
  std::string password;
  int protocol = MQTT_PROTOCOL_V311;
  bool clean_session = true;
};

constexpr int closed = -1;  // the broker hung up instead of answering

class Client {
 public:
  explicit Client(const ClientSpec& spec);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void will(const std::string& topic, const std::string& payload, bool retained);

  // The CONNACK's code (0: accepted), or `closed`.
  int connect_tcp(const Broker& broker);
  int connect_socket(const Broker& broker);
  bool session_present() const { return session_present_; }

  int subscribe(const std::string& filter, int qos = 1);  // the SUBACK's code, 128 or more: refused
  int unsubscribe(const std::string& filter);
  // The PUBACK's code (always 0 before MQTT 5), or `closed`. QoS 0: 0 at once.
  int publish(const std::string& topic, const std::string& payload, int qos = 1, bool retained = false);
  // Without waiting; false when the connection is gone.
  bool send(const std::string& topic, const std::string& payload);
  std::size_t acknowledged() const { return acknowledged_; }

  bool run_until(const std::function<bool()>& condition,
                 std::chrono::milliseconds limit = std::chrono::seconds(5));  // also ends when the connection does
  bool connected() const { return connected_; }
  void hang_up();  // without DISCONNECT
  void disconnect();

  std::vector<Received> received;
  bool got(std::string_view topic) const;
  std::string last(std::string_view topic) const;  // its latest payload

 private:
  int connect_to(const std::string& host, int port);

  mosquitto* handle_;
  bool connected_ = false;
  bool session_present_ = false;
  int connack_ = closed;
  std::size_t acknowledged_ = 0;
  std::map<int, int> publish_codes_, subscribe_codes_;  // by packet id
};

ClientSpec device_login(const Broker& broker, const std::string& id, int protocol = MQTT_PROTOCOL_V311);
ClientSpec bridge_login(const Broker& broker, std::string_view client_id);

// Both of the bridge's sessions, connected and subscribed; waits until devices are admitted.
struct Bridge {
  explicit Bridge(const Broker& broker);
  Client telemetry;
  Client device;
};
void subscribe_all(Client& telemetry, Client& device);

}  // namespace epicura::test
