#include "tests/proxy/tls_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <utility>

namespace epicura::proxy::test {
namespace {

using std::chrono::steady_clock;

// Calls `see` with each field's name and value.
template <class See>
void each_field(std::string_view head, See see) {
  auto at = head.find("\r\n");
  while (at != std::string_view::npos && at + 2 < head.size()) {
    const auto end = head.find("\r\n", at + 2);
    const auto line = head.substr(at + 2, end - at - 2);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) {
      auto value = line.substr(colon + 1);
      while (value.starts_with(' ')) value.remove_prefix(1);
      see(line.substr(0, colon), value);
    }
    at = end;
  }
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_of(const TlsOffer& offer) {
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  // Whatever this machine's OpenSSL would rather not: the server is to refuse, not the client.
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), offer.least);
  SSL_CTX_set_max_proto_version(context.get(), offer.most);
  if (!offer.ciphers.empty()) SSL_CTX_set_cipher_list(context.get(), offer.ciphers.c_str());
  if (!offer.alpn.empty()) {
    const std::string listed = static_cast<char>(offer.alpn.size()) + offer.alpn;
    SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(listed.data()),
                            static_cast<unsigned>(listed.size()));
  }
  return context;
}

}  // namespace

std::size_t TlsAnswer::count(std::string_view name) const {
  std::size_t found = 0;
  each_field(head, [&](std::string_view field, std::string_view) { found += same(field, name) ? 1 : 0; });
  return found;
}

std::string TlsAnswer::field(std::string_view name) const {
  std::optional<std::string> found;
  each_field(head, [&](std::string_view field, std::string_view value) {
    if (!found && same(field, name)) found = value;
  });
  return found.value_or("");
}

TlsClient::TlsClient(std::uint16_t port, const TlsOffer& offer)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval limit{10, 0};  // for writes and the handshake; reads wait by poll
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

  const auto context = context_of(offer);
  ssl_.reset(SSL_new(context.get()));
  SSL_set_fd(ssl_.get(), fd_);
  ERR_clear_error();
  connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0 && SSL_connect(ssl_.get()) == 1;
  if (!connected_) {
    const char* const reason = ERR_reason_error_string(ERR_peek_error());
    refusal_ = reason == nullptr ? "no connection" : reason;
  }
}

TlsClient::~TlsClient() {
  if (fd_ >= 0) ::close(fd_);
}

std::string TlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &length);
  return {reinterpret_cast<const char*>(name), length};
}

bool TlsClient::send(std::string_view bytes) {
  if (!connected_) return false;
  std::size_t written = 0;
  return bytes.empty() || SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written) == 1;
}

std::optional<TlsAnswer> TlsClient::ask(std::string_view request, std::chrono::milliseconds limit) {
  send(request);
  return answer(limit);
}

std::optional<TlsAnswer> TlsClient::answer(std::chrono::milliseconds limit) {
  const auto end = steady_clock::now() + limit;
  while (true) {
    const auto head_end = received_.find("\r\n\r\n");
    if (head_end != std::string::npos) {
      TlsAnswer read;
      read.head = received_.substr(0, head_end + 2);
      read.status = std::atoi(read.head.c_str() + 9);
      const auto length = std::strtoull(("0" + read.field("Content-Length")).c_str(), nullptr, 10);
      if (received_.size() >= head_end + 4 + length) {
        read.body = received_.substr(head_end + 4, length);
        received_.erase(0, head_end + 4 + length);
        return read;
      }
    }
    if (!receive(end)) return std::nullopt;
  }
}

bool TlsClient::closed(std::chrono::milliseconds limit) {
  const auto end = steady_clock::now() + limit;
  while (receive(end)) {
  }
  return ended_;
}

bool TlsClient::any_bytes(std::chrono::milliseconds limit) {
  return !received_.empty() || receive(steady_clock::now() + limit);
}

void TlsClient::hang_up(bool reset) {
  const linger now{1, 0};
  if (reset) ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(std::exchange(fd_, -1));
  connected_ = false;
}

bool TlsClient::receive(steady_clock::time_point end) {
  if (!connected_ || ended_) return false;
  if (SSL_pending(ssl_.get()) == 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - steady_clock::now()).count();
    pollfd wanted{fd_, POLLIN, 0};
    if (left <= 0 || ::poll(&wanted, 1, static_cast<int>(left)) <= 0) return false;
  }
  char buffer[65536];
  const int count = SSL_read(ssl_.get(), buffer, sizeof buffer);
  if (count <= 0) {
    ended_ = true;
    return false;
  }
  received_.append(buffer, static_cast<std::size_t>(count));
  return true;
}

std::string get(std::string_view path, std::string_view more) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: t\r\n" + std::string(more) + "\r\n";
}
std::string post(std::string_view path, std::string_view body, std::string_view more) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string(more) + "\r\n" + std::string(body);
}

}  // namespace epicura::proxy::test
