#pragma once
// MQTT byte by byte, for what no library will send.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/plugin/broker.hpp"

namespace epicura::test::wire {

std::string text(std::string_view text);                               // two bytes of length, then the text
std::string packet(std::uint8_t first_byte, const std::string& rest);  // with its remaining length

struct Connect {
  std::string client_id;
  std::optional<std::string> username, password;
  std::uint8_t level = 4;  // 3, 4 or 5
  bool clean_session = true;
  std::string properties = {};  // level 5 only, without their length
};
std::string connect(const Connect& connect);
std::string publish(const std::string& topic, const std::string& payload, int qos = 1);

// A TCP connection to the broker. Everything ends after 3 s.
class Line {
 public:
  explicit Line(const Broker& broker);
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  bool write(const std::string& bytes);
  std::string read(std::size_t count);  // as many bytes, or fewer when the broker hangs up first
  bool hung_up();                       // reads to the end

 private:
  int fd_;
};

}  // namespace epicura::test::wire
