#include "schema/ip_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "schema/list.hpp"

namespace epicura {

namespace {

constexpr std::array<unsigned char, 12> ipv4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

IpAddress::IpAddress(const sockaddr_storage& from) {
  if (from.ss_family == AF_INET) {
    std::copy(ipv4_prefix.begin(), ipv4_prefix.end(), bytes_.begin());
    std::memcpy(bytes_.data() + 12, &reinterpret_cast<const sockaddr_in&>(from).sin_addr, 4);
  } else if (from.ss_family == AF_INET6) {
    std::memcpy(bytes_.data(), &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr, 16);
  }
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string digits(text);  // inet_pton wants its end marked
  IpAddress address;
  std::copy(ipv4_prefix.begin(), ipv4_prefix.end(), address.bytes_.begin());
  if (inet_pton(AF_INET, digits.c_str(), address.bytes_.data() + 12) == 1) return address;
  if (inet_pton(AF_INET6, digits.c_str(), address.bytes_.data()) == 1) return address;
  return std::nullopt;
}

std::string IpAddress::str() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (is_ipv4()) {
    inet_ntop(AF_INET, bytes_.data() + 12, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, bytes_.data(), text, sizeof text);
  }
  return text;
}

IpAddress IpAddress::network() const {
  IpAddress network = *this;
  if (!is_ipv4()) std::fill(network.bytes_.begin() + 8, network.bytes_.end(), 0);
  return network;
}

bool IpAddress::is_ipv4() const {
  return std::equal(ipv4_prefix.begin(), ipv4_prefix.end(), bytes_.begin());
}

std::size_t IpAddressHash::operator()(const IpAddress& address) const {
  const auto& bytes = address.bytes();
  return std::hash<std::string_view>{}({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::optional<AddressBlock> AddressBlock::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto first = IpAddress::parse(text.substr(0, slash));
  if (!first) return std::nullopt;
  AddressBlock block;
  block.first_ = *first;
  if (slash == std::string_view::npos) return block;
  const auto digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  const unsigned most = first->is_ipv4() ? 32 : 128;
  if (code != std::errc{} || end != digits.data() + digits.size() || bits > most) return std::nullopt;
  block.bits_ = bits + 128 - most;
  return block;
}

bool AddressBlock::contains(const IpAddress& address) const {
  const std::size_t whole = bits_ / 8;
  const unsigned mask = 0xff00U >> (bits_ % 8) & 0xffU;
  const auto& mine = first_.bytes();
  const auto& theirs = address.bytes();
  return std::equal(mine.begin(), mine.begin() + static_cast<std::ptrdiff_t>(whole), theirs.begin()) &&
         (mask == 0 || ((mine[whole] ^ theirs[whole]) & mask) == 0);
}

bool contains(const AddressBlocks& blocks, const IpAddress& address) {
  return std::any_of(blocks.begin(), blocks.end(), [&](const AddressBlock& block) { return block.contains(address); });
}

Result<AddressBlocks> parse_address_blocks(std::string_view list) {
  AddressBlocks blocks;
  std::string_view bad;
  for_items(list, [&](std::string_view item) {
    if (const auto block = AddressBlock::parse(item)) {
      blocks.push_back(*block);
    } else {
      bad = item;
    }
  });
  if (!bad.empty()) return Error{Errc::validation, "'" + std::string(bad) + "' is no address or block of addresses"};
  return blocks;
}

}  // namespace epicura
