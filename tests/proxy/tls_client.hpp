#pragma once
// A client over TLS that says exactly what it is told to, byte by byte, and goes when it likes. One thread uses it.

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace epicura::proxy::test {

struct TlsOffer {
  int least = TLS1_2_VERSION;
  int most = TLS1_3_VERSION;
  std::string alpn = "http/1.1";  // one protocol, or empty
  std::string ciphers = {};       // of TLS 1.2 and before; empty: the library's
};

struct TlsAnswer {
  int status = 0;
  std::string head;  // with its last CRLF
  std::string body;
  // How often the field is there, and the value of the first. Names in any case.
  std::size_t count(std::string_view name) const;
  std::string field(std::string_view name) const;
};

class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, const TlsOffer& offer = {});
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  bool connected() const { return connected_; }            // the handshake is done
  const std::string& refusal() const { return refusal_; }  // why not, in OpenSSL's words
  std::string version() const { return SSL_get_version(ssl_.get()); }
  std::string protocol() const;  // as agreed by ALPN

  bool send(std::string_view bytes);
  // The next answer; absent if the connection ends or the limit passes before it is whole.
  std::optional<TlsAnswer> answer(std::chrono::milliseconds limit = std::chrono::seconds(10));
  std::optional<TlsAnswer> ask(std::string_view request, std::chrono::milliseconds limit = std::chrono::seconds(10));
  // Whether the server ends the connection within the limit; the answers before that are kept for answer().
  bool closed(std::chrono::milliseconds limit = std::chrono::seconds(5));
  bool any_bytes(std::chrono::milliseconds limit);  // whether some of an answer has come
  void hang_up(bool reset);                         // without a word of TLS

 private:
  bool receive(std::chrono::steady_clock::time_point end);

  int fd_ = -1;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  bool connected_ = false;
  bool ended_ = false;
  std::string refusal_;
  std::string received_;
};

std::string get(std::string_view path, std::string_view more = "");
std::string post(std::string_view path, std::string_view body, std::string_view more = "");

}  // namespace epicura::proxy::test
