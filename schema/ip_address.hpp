#pragma once
// IP addresses and blocks of them. IPv4 is kept in its IPv6 form (::ffff:a.b.c.d), so that the two compare. Pure.

#include <sys/socket.h>

#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/error.hpp"

namespace epicura {

class IpAddress {
 public:
  IpAddress() = default;                             // "::"
  explicit IpAddress(const sockaddr_storage& from);  // "::" where it is neither IPv4 nor IPv6
  // In digits, without port, brackets or zone.
  static std::optional<IpAddress> parse(std::string_view text);

  std::string str() const;
  // What one customer of a network holds: an IPv4 address, or the /64 of an IPv6 one.
  IpAddress network() const;
  bool is_ipv4() const;
  const std::array<unsigned char, 16>& bytes() const { return bytes_; }

  auto operator<=>(const IpAddress&) const = default;

 private:
  std::array<unsigned char, 16> bytes_{};
};

struct IpAddressHash {
  std::size_t operator()(const IpAddress& address) const;
};

// "10.0.0.0/8", "fd00::/8"; an address alone is a block of one.
class AddressBlock {
 public:
  static std::optional<AddressBlock> parse(std::string_view text);
  bool contains(const IpAddress& address) const;

 private:
  IpAddress first_;
  unsigned bits_ = 128;  // of the IPv6 form
};

using AddressBlocks = std::vector<AddressBlock>;
bool contains(const AddressBlocks& blocks, const IpAddress& address);

// "10.0.0.0/8, ::1"; empty is no block. The error's detail names the one that cannot be read.
Result<AddressBlocks> parse_address_blocks(std::string_view list);

}  // namespace epicura
