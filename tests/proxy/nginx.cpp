#include "tests/proxy/nginx.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

extern char** environ;

namespace epicura::proxy::test {
namespace {

using namespace std::chrono_literals;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool listens(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in to = loopback(port);
  const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  ::close(fd);
  return connected;
}

// True when the process has gone within the limit.
bool gone(pid_t pid, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (::waitpid(pid, nullptr, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

}  // namespace

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  const bool found = ::bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(fd);
  if (!found) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string shipped_configuration() {
  return text_of(EPICURA_SOURCE_DIR "/conf/nginx.conf");
}

Nginx::Nginx(std::uint16_t api, const std::string& more) : port_(free_port()) {
  char path[] = "/tmp/epicura-proxy-XXXXXX";
  if (::mkdtemp(path) == nullptr) throw std::runtime_error("mkdtemp");
  directory_ = path;
  ::chmod(path, 0755);  // its workers are another user when it is started as root
  make_certificate();
  write_configuration(api, more);
  try {
    start();
  } catch (...) {
    end();
    throw;
  }
}

Nginx::~Nginx() {
  end();
}

void Nginx::make_certificate() const {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 24L * 3600);
  X509_set_pubkey(made.get(), key.get());
  X509_NAME* const name = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("127.0.0.1"), -1, -1, 0);
  X509_set_issuer_name(made.get(), name);
  for (const auto& [what, value] : {std::pair{NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost"},
                                    std::pair{NID_basic_constraints, "critical,CA:TRUE"}}) {
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, what, value), X509_EXTENSION_free);
    X509_add_ext(made.get(), extension.get(), -1);
  }
  if (X509_sign(made.get(), key.get(), EVP_sha256()) == 0) throw std::runtime_error("no certificate");

  const auto write = [](const std::string& path, auto put) {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    const bool written = file != nullptr && put(file) == 1;
    if (file != nullptr) std::fclose(file);
    if (!written) throw std::runtime_error("cannot write " + path);
  };
  write(certificate(), [&](std::FILE* file) { return PEM_write_X509(file, made.get()); });
  write(directory_ + "/key.pem",
        [&](std::FILE* file) { return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
}

void Nginx::write_configuration(std::uint16_t api, const std::string& more) const {
  std::string text = shipped_configuration();
  const std::pair<std::string, std::string> fill[] = {
      {"@LISTEN@", "127.0.0.1:" + std::to_string(port_)},
      {"@API@", "127.0.0.1:" + std::to_string(api)},
      {"@CERTIFICATE@", certificate()},
      {"@KEY@", directory_ + "/key.pem"},
      {"@PID@", directory_ + "/pid"},
      {"@STATE@", directory_},
      {"@LOG@", directory_},
  };
  const auto directives = text.find("\nuser ");  // the comment above tells of the placeholders by name
  if (directives == std::string::npos) throw std::runtime_error("conf/nginx.conf does not begin as it did");
  for (const auto& [from, to] : fill) {
    auto at = text.find(from, directives);
    if (at == std::string::npos) throw std::runtime_error("conf/nginx.conf has no " + from);
    for (; at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
  }
  const std::string http = "\nhttp {\n";
  text.insert(text.find(http) + http.size(), more);
  std::ofstream(directory_ + "/nginx.conf") << text;
}

void Nginx::start() {
  const std::string conf = directory_ + "/nginx.conf";
  const std::string said = directory_ + "/said";
  const char* const arguments[] = {"nginx",  "-p", directory_.c_str(), "-c",   conf.c_str(), "-e",
                                   "stderr", "-g", "daemon off;",      nullptr};
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, said.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  const int error =
      ::posix_spawn(&pid_, "/usr/sbin/nginx", &files, nullptr, const_cast<char* const*>(arguments), environ);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) throw std::runtime_error("nginx is not here: scripts/packages test");
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (!listens(port_)) {
    if (!alive() || std::chrono::steady_clock::now() > end)
      throw std::runtime_error("nginx does not start: " + text_of(said) + error_log());
    std::this_thread::sleep_for(5ms);
  }
}

bool Nginx::alive() const {
  siginfo_t ending{};
  return pid_ > 0 && ::waitid(P_PID, static_cast<id_t>(pid_), &ending, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         ending.si_pid == 0;
}

void Nginx::end() {
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);  // the master ends its workers
    if (!gone(pid_, 5s)) {
      ::kill(pid_, SIGKILL);
      gone(pid_, 5s);
    }
  }
  pid_ = -1;
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace epicura::proxy::test
