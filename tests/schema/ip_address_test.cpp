#include "schema/ip_address.hpp"

#include <doctest/doctest.h>

#include <netinet/in.h>

using namespace epicura;

TEST_CASE("addresses are read and written in digits; IPv4 and its IPv6 form are the same") {
  for (const char* text : {"192.0.2.1", "::1", "2001:db8::5:1", "0.0.0.0", "::"})
    CHECK(IpAddress::parse(text)->str() == text);
  CHECK(IpAddress::parse("::ffff:192.0.2.1") == IpAddress::parse("192.0.2.1"));
  CHECK(IpAddress::parse("2001:DB8:0:0::1")->str() == "2001:db8::1");
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "[::1]", "fe80::1%eth0", "localhost", "1.2.3.4:80", " ::1"})
    CHECK_FALSE_MESSAGE(IpAddress::parse(text), text);

  sockaddr_storage from{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(from);
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(0xc0000201);
  CHECK(IpAddress(from).str() == "192.0.2.1");
  auto& v6 = reinterpret_cast<sockaddr_in6&>(from);
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = in6addr_loopback;
  CHECK(IpAddress(from).str() == "::1");
}

TEST_CASE("what one customer holds") {
  CHECK(IpAddress::parse("192.0.2.1")->network().str() == "192.0.2.1");
  CHECK(IpAddress::parse("2001:db8:1:2:3:4:5:6")->network().str() == "2001:db8:1:2::");
}

TEST_CASE("blocks") {
  const auto in = [](const char* block, const char* address) {
    return AddressBlock::parse(block)->contains(*IpAddress::parse(address));
  };
  CHECK(in("10.0.0.0/8", "10.255.0.1"));
  CHECK_FALSE(in("10.0.0.0/8", "11.0.0.1"));
  CHECK(in("192.0.2.128/25", "192.0.2.129"));
  CHECK_FALSE(in("192.0.2.128/25", "192.0.2.127"));
  CHECK(in("192.0.2.1", "192.0.2.1"));
  CHECK_FALSE(in("192.0.2.1", "192.0.2.2"));
  CHECK(in("0.0.0.0/0", "203.0.113.1"));
  CHECK_FALSE(in("0.0.0.0/0", "2001:db8::1"));
  CHECK(in("::/0", "203.0.113.1"));
  CHECK(in("fd00::/8", "fdff::1"));
  CHECK_FALSE(in("fd00::/8", "fe00::1"));
  CHECK(in("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(in("2001:db8::/33", "2001:db8:8000::1"));
  for (const char* wrong : {"10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/-1", "/8", "a/8"})
    CHECK_FALSE_MESSAGE(AddressBlock::parse(wrong), wrong);

  const auto blocks = parse_address_blocks(" 10.0.0.0/8 ,::1,");
  REQUIRE(blocks);
  CHECK(blocks->size() == 2);
  CHECK(contains(*blocks, *IpAddress::parse("::1")));
  CHECK_FALSE(contains(*blocks, *IpAddress::parse("::2")));
  CHECK(parse_address_blocks("")->empty());
  const auto wrong = parse_address_blocks("10.0.0.0/8, ten");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().detail.find("'ten'") != std::string::npos);
}
