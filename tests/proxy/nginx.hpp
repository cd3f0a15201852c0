#pragma once
// A private nginx with the shipped conf/nginx.conf on a free loopback port, in a temporary directory of its own, with a
// certificate made for it. One thread uses it; the ports and paths may be read by any.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace epicura::proxy::test {

std::uint16_t free_port();
std::string text_of(const std::string& path);
std::string shipped_configuration();

class Nginx {
 public:
  // `api`: where what it passes on goes to. Throws std::runtime_error with nginx's words when it does not start.
  // `more`: directives beside the shipped ones, in http.
  explicit Nginx(std::uint16_t api, const std::string& more = {});
  ~Nginx();  // ends it and removes the directory
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url(std::string_view path) const {
    return "https://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }
  std::string certificate() const { return directory_ + "/certificate.pem"; }
  std::string error_log() const { return text_of(directory_ + "/error.log"); }
  std::string access_log() const { return log("access.log"); }
  std::string log(const std::string& name) const { return text_of(directory_ + "/" + name); }
  bool alive() const;

 private:
  void make_certificate() const;
  void write_configuration(std::uint16_t api, const std::string& more) const;
  void start();
  void end();

  std::string directory_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace epicura::proxy::test
