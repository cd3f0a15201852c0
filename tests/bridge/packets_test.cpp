#include "bridge/packets.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace epicura::bridge {
namespace {

TEST_CASE("the bytes of the standard") {
  std::string out;
  write_publish(out, "a/b", "hi", 10, false);
  CHECK(out == std::string("\x32\x09\x00\x03"
                           "a/b\x00\x0ahi",
                           11));
  mark_as_sent_before(out);
  CHECK(out[0] == 0x3a);
  set_packet_id(out, 0xfffe);
  CHECK(out == std::string("\x3a\x09\x00\x03"
                           "a/b\xff\xfehi",
                           11));
  out.clear();
  write_publish(out, "a/b", std::string(200, 'x'), 1, false);
  std::string other;
  write_publish(other, "a/b", std::string(200, 'x'), 0x1234, false);
  set_packet_id(out, 0x1234);  // behind a length of two digits
  CHECK(out == other);
  out.clear();
  write_publish(out, "a/b", std::string(200, 'x'), 0, true);
  CHECK(out.substr(0, 5) == std::string("\x31\xcd\x01\x00\x03", 5));  // 205 in two digits of base 128
  out.clear();
  write_connect(out, {"id", "user", "pw", "w", "gone", 60});
  CHECK(out ==
        std::string("\x10\x21\x00\x04MQTT\x04\xee\x00\x3c\x00\x02id\x00\x01w\x00\x04gone\x00\x04user\x00\x02pw", 35));
  out.clear();
  write_connect(out, {.client_id = "id", .username = "user", .password = "", .keepalive_s = 5, .clean_session = false});
  CHECK(out == std::string("\x10\x16\x00\x04MQTT\x04\xc0\x00\x05\x00\x02id\x00\x04user\x00\x00", 24));
  out.clear();
  write_connect(out, {.client_id = "id", .password = "without a name"});
  CHECK(out == std::string("\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02id", 16));
  out.clear();
  write_subscribe(out, 258, std::vector<std::string>{"a/+", "$b"});
  CHECK(out == std::string("\x82\x0d\x01\x02\x00\x03"
                           "a/+\x01\x00\x02$b\x01",
                           15));
  out.clear();
  write_puback(out, 0xfffe);
  write_pingreq(out);
  write_disconnect(out);
  CHECK(out == std::string("\x40\x02\xff\xfe\xc0\x00\xe0\x00", 8));
  CHECK(number_at(out, 2) == 0xfffe);
}

}  // namespace
}  // namespace epicura::bridge
