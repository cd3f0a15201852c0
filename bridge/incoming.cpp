#include "bridge/incoming.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace epicura::bridge {
namespace {

constexpr std::size_t piece = std::size_t{64} << 10;
constexpr std::size_t largest_packet = std::size_t{1} << 20;
constexpr std::size_t longest_head = 5;  // the type, and up to four bytes of length

// How many bytes follow the head, and the head's own length; 0: the head is not complete.
struct Head {
  std::size_t length = 0;
  std::size_t body = 0;
};

Head read_head(const char* bytes, std::size_t count) {
  std::size_t body = 0;
  for (std::size_t i = 1; i < count && i < longest_head; ++i) {
    const auto digit = static_cast<std::uint8_t>(bytes[i]);
    body |= static_cast<std::size_t>(digit & 0x7F) << (7 * (i - 1));
    if ((digit & 0x80) == 0) return {i + 1, body};
  }
  return {};
}

}  // namespace

Incoming::Incoming() : bytes_(piece) {}

std::size_t Incoming::packet_length() const {
  const auto head = read_head(bytes_.data() + begin_, end_ - begin_);
  return head.length != 0 && head.length + head.body <= end_ - begin_ ? head.length + head.body : 0;
}

std::optional<Packet> Incoming::next() {
  if (broken_) return std::nullopt;
  const char* const first = bytes_.data() + begin_;
  const std::size_t count = end_ - begin_;
  const auto head = read_head(first, count);
  broken_ = head.length == 0 ? count >= longest_head : head.body > largest_packet;
  if (broken_ || head.length == 0 || head.length + head.body > count) return std::nullopt;
  begin_ += head.length + head.body;
  return Packet{static_cast<std::uint8_t>(*first), {first + head.length, head.body}};
}

Incoming::Filled Incoming::fill(int socket) {
  if (begin_ > 0) {
    std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == bytes_.size()) bytes_.resize(2 * bytes_.size());  // a packet that is larger than all there was
  const ssize_t count = ::recv(socket, bytes_.data() + end_, bytes_.size() - end_, MSG_DONTWAIT);
  if (count == 0) return Filled::end;
  if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Filled::nothing : Filled::error;
  end_ += static_cast<std::size_t>(count);
  return Filled::bytes;
}

}  // namespace epicura::bridge
