#include "tests/plugin/client.hpp"

#include <mqtt_protocol.h>
#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>

#include "bridge/plugin/bridge_sessions.hpp"

namespace epicura::test {

Client::Client(const ClientSpec& spec) {
  static const int ready = mosquitto_lib_init();
  if (ready != MOSQ_ERR_SUCCESS) throw std::runtime_error("libmosquitto");
  handle_ = mosquitto_new(spec.client_id.empty() ? nullptr : spec.client_id.c_str(), spec.clean_session, this);
  mosquitto_int_option(handle_, MOSQ_OPT_PROTOCOL_VERSION, spec.protocol);
  mosquitto_max_inflight_messages_set(handle_, 0);
  if (spec.username) mosquitto_username_pw_set(handle_, spec.username->c_str(), spec.password.c_str());
  mosquitto_connect_v5_callback_set(handle_,
                                    [](mosquitto*, void* self, int code, int flags, const mosquitto_property*) {
                                      auto& client = *static_cast<Client*>(self);
                                      client.connack_ = code;
                                      client.connected_ = code == 0;
                                      client.session_present_ = (flags & 1) != 0;
                                    });
  mosquitto_disconnect_callback_set(
      handle_, [](mosquitto*, void* self, int) { static_cast<Client*>(self)->connected_ = false; });
  mosquitto_publish_v5_callback_set(handle_, [](mosquitto*, void* self, int mid, int code, const mosquitto_property*) {
    auto& client = *static_cast<Client*>(self);
    client.publish_codes_[mid] = code;
    ++client.acknowledged_;
  });
  mosquitto_subscribe_callback_set(handle_, [](mosquitto*, void* self, int mid, int, const int* granted) {
    static_cast<Client*>(self)->subscribe_codes_[mid] = granted[0];
  });
  mosquitto_unsubscribe_callback_set(
      handle_, [](mosquitto*, void* self, int mid) { static_cast<Client*>(self)->subscribe_codes_[mid] = 0; });
  mosquitto_message_callback_set(handle_, [](mosquitto*, void* self, const mosquitto_message* message) {
    static_cast<Client*>(self)->received.push_back(
        {message->topic,
         {static_cast<const char*>(message->payload), static_cast<std::size_t>(message->payloadlen)},
         message->qos,
         message->retain});
  });
}

Client::~Client() {
  mosquitto_destroy(handle_);
}

void Client::will(const std::string& topic, const std::string& payload, bool retained) {
  mosquitto_will_set(handle_, topic.c_str(), static_cast<int>(payload.size()), payload.data(), 1, retained);
}

int Client::connect_to(const std::string& host, int port) {
  connack_ = closed;
  connected_ = true;
  if (mosquitto_connect(handle_, host.c_str(), port, 60) != MOSQ_ERR_SUCCESS) {
    connected_ = false;
    return closed;
  }
  run_until([&] { return connack_ != closed; });
  connected_ = connack_ == 0;
  return connack_;
}

int Client::connect_tcp(const Broker& broker) {
  return connect_to("127.0.0.1", broker.port());
}
int Client::connect_socket(const Broker& broker) {
  return connect_to(broker.socket(), 0);
}

bool Client::run_until(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (!connected_ || std::chrono::steady_clock::now() > deadline) return false;
    if (mosquitto_loop(handle_, 10, 1) != MOSQ_ERR_SUCCESS) connected_ = false;
  }
  return true;
}

int Client::subscribe(const std::string& filter, int qos) {
  int mid = 0;
  if (mosquitto_subscribe(handle_, &mid, filter.c_str(), qos) != MOSQ_ERR_SUCCESS) return closed;
  run_until([&] { return subscribe_codes_.contains(mid); });
  return subscribe_codes_.contains(mid) ? subscribe_codes_[mid] : closed;
}

int Client::unsubscribe(const std::string& filter) {
  int mid = 0;
  if (mosquitto_unsubscribe(handle_, &mid, filter.c_str()) != MOSQ_ERR_SUCCESS) return closed;
  run_until([&] { return subscribe_codes_.contains(mid); });
  return subscribe_codes_.contains(mid) ? 0 : closed;
}

int Client::publish(const std::string& topic, const std::string& payload, int qos, bool retained) {
  int mid = 0;
  publish_codes_.clear();
  if (mosquitto_publish(handle_, &mid, topic.c_str(), static_cast<int>(payload.size()), payload.data(), qos,
                        retained) != MOSQ_ERR_SUCCESS) {
    return closed;
  }
  run_until([&] { return publish_codes_.contains(mid); });
  return publish_codes_.contains(mid) ? publish_codes_[mid] : closed;
}

bool Client::send(const std::string& topic, const std::string& payload) {
  return mosquitto_publish(handle_, nullptr, topic.c_str(), static_cast<int>(payload.size()), payload.data(), 1,
                           false) == MOSQ_ERR_SUCCESS;
}

void Client::hang_up() {
  if (mosquitto_socket(handle_) >= 0) ::shutdown(mosquitto_socket(handle_), SHUT_RDWR);
  run_until([] { return false; }, std::chrono::milliseconds(1000));
}

void Client::disconnect() {
  mosquitto_disconnect(handle_);
  run_until([] { return false; }, std::chrono::milliseconds(1000));
}

bool Client::got(std::string_view topic) const {
  return std::any_of(received.begin(), received.end(), [&](auto& message) { return message.topic == topic; });
}

std::string Client::last(std::string_view topic) const {
  const auto found =
      std::find_if(received.rbegin(), received.rend(), [&](auto& message) { return message.topic == topic; });
  return found == received.rend() ? "" : found->payload;
}

ClientSpec device_login(const Broker& broker, const std::string& id, int protocol) {
  return {id, id, broker.token(id), protocol, true};
}

ClientSpec bridge_login(const Broker& broker, std::string_view client_id) {
  return {std::string(client_id), "epicura-bridge", broker.bridge_password(), MQTT_PROTOCOL_V311, false};
}

void subscribe_all(Client& telemetry, Client& device) {
  for (const auto filter : bridge::telemetry_filters) {
    if (telemetry.subscribe(std::string(filter)) != 1) throw std::runtime_error("not subscribed");
  }
  for (const auto filter : bridge::device_filters) {
    if (device.subscribe(std::string(filter)) != 1) throw std::runtime_error("not subscribed");
  }
  for (const auto topic : bridge::backlog_topics) device.subscribe(std::string(topic));
}

Bridge::Bridge(const Broker& broker)
    : telemetry(bridge_login(broker, bridge::telemetry_client_id)),
      device(bridge_login(broker, bridge::device_client_id)) {
  if (telemetry.connect_socket(broker) != 0 || device.connect_socket(broker) != 0) {
    throw std::runtime_error("the bridge is not let in");
  }
  subscribe_all(telemetry, device);
  const bool admitted = device.run_until(
      [&] { return device.last(bridge::counters_topic).find("\"admitting\":true") != std::string::npos; });
  if (!admitted) throw std::runtime_error("devices are not admitted");
}

}  // namespace epicura::test
