#include "schema/settings/rules.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <initializer_list>

#include "schema/hexadecimal.hpp"
#include "schema/ip_address.hpp"
#include "schema/list.hpp"
#include "schema/mail/mailbox.hpp"
#include "schema/mail/wire_address.hpp"
#include "schema/random_bytes.hpp"

namespace epicura {

namespace {

Error bad(std::string detail) {
  return {Errc::validation, std::move(detail)};
}

// Two starts at once make one secret: who comes second reads the first one's file.
std::optional<Error> make_secret(const std::filesystem::path& path) {
  std::error_code ignored;
  std::filesystem::create_directories(path.parent_path(), ignored);
  const auto fresh = path.string() + "." + std::to_string(getpid());
  const int fd = open(fresh.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0) return bad(fmt::format("the secret {} cannot be made: {}", path.string(), std::strerror(errno)));
  const auto text = hexadecimal(random_bytes(32)) + "\n";
  const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  if (written) (void)link(fresh.c_str(), path.c_str());
  (void)unlink(fresh.c_str());
  if (!written) return bad(fmt::format("the secret {} cannot be written", path.string()));
  return std::nullopt;
}

// What stands behind the question mark.
std::string options_of(const std::string& url) {
  const auto question = url.find('?');
  return question == std::string::npos ? std::string() : url.substr(question + 1);
}

bool is_numeric_address(const std::string& text) {
  unsigned char address[sizeof(in6_addr)];
  return inet_pton(AF_INET, text.c_str(), address) == 1 || inet_pton(AF_INET6, text.c_str(), address) == 1;
}

// One of the schemes, one host, a port that is one.
bool is_url(const std::string& url, std::initializer_list<std::string_view> schemes) {
  const auto parts = parts_of_url(url);
  return std::any_of(schemes.begin(), schemes.end(), [&](auto scheme) { return url.rfind(scheme, 0) == 0; }) &&
         !parts.host.empty() && !parts.bad_port && parts.host.find(',') == std::string_view::npos &&
         options_of(url).find("host") == std::string::npos;
}

// As browsers send it: nothing behind host and port, no capitals.
bool is_origin(const std::string& text) {
  return is_url(text, {"http://", "https://"}) && parts_of_url(text).user.empty() &&
         text.find_first_of("/?#", text.find("://") + 3) == std::string::npos &&
         std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return c <= ' ' || c >= 0x7f || std::isupper(c); });
}

// postgres:///database?host=/directory
bool is_socket_postgres(const std::string& url) {
  return (url.rfind("postgres:///", 0) == 0 || url.rfind("postgresql:///", 0) == 0) &&
         options_of(url).rfind("host=/", 0) == 0;
}

bool is_encrypted_postgres(const std::string& url) {
  const auto options = "&" + options_of(url) + "&";
  for (const auto* mode : {"&sslmode=require&", "&sslmode=verify-ca&", "&sslmode=verify-full&"}) {
    if (options.find(mode) != std::string::npos) return true;
  }
  return false;
}

// A secret and the one before it are of one kind.
std::string_view kind_of(std::string_view name) {
  constexpr std::string_view before = "_previous";
  if (name.ends_with(before)) name.remove_suffix(before.size());
  return name;
}

// Who can make one kind of token must not be able to make another.
std::optional<Error> check_secrets_differ(const Settings& settings) {
  const auto value_of = [&](const Setting& secret) {
    return settings.*std::get<std::string Settings::*>(secret.field);
  };
  for (const auto& one : all_settings()) {
    const auto kind = kind_of(one.name);
    if (kind != "jwt_refresh_secret" && kind != "mail_link_secret" && kind != "mfa_secret" &&
        kind != "api_key_secret" && kind != "upload_secret")
      continue;
    for (const auto& other : all_settings()) {
      if (!other.secret || kind_of(other.name) == kind || value_of(other).empty()) continue;
      if (value_of(other) == value_of(one))
        return bad(fmt::format("{}: legal is another secret than {}", one.name, other.name));
    }
  }
  return std::nullopt;
}

// User and password have settings of their own: a URL is shown in logs and lists of processes.
std::optional<Error> check_mail(const Settings& settings) {
  const auto& url = settings.smtp_url;
  if (!url.empty() && (!is_url(url, {"smtp://", "smtps://"}) || !parts_of_url(url).user.empty() ||
                       url.find_first_of("/?#@", url.find("://") + 3) != std::string::npos))
    return bad(
        "smtp_url: legal is smtp://host:port or smtps://host:port; user and password are smtp_user, smtp_password");
  const auto from = mail::parse_mailbox(settings.mail_from);
  const auto address = mail::WireAddress::of(from ? from->address : "");
  if (!address || address->needs_utf8())
    return bad("mail_from: legal is Name <address@domain> or address@domain, ASCII alone before the @");
  return std::nullopt;
}

}  // namespace

UrlParts parts_of_url(std::string_view url) {
  UrlParts out;
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return out;
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?"));
  if (const auto at = url.rfind('@'); at != std::string_view::npos) {
    const auto colon = url.substr(0, at).find(':');
    out.user = url.substr(0, std::min(colon, at));
    if (colon != std::string_view::npos) out.password = url.substr(colon + 1, at - colon - 1);
    url.remove_prefix(at + 1);
  }
  const auto host_end = !url.empty() && url[0] == '[' ? url.find(']') + 1 : url.find(':');
  out.host = url.substr(0, host_end);
  if (host_end < url.size()) {
    const auto digits = url.substr(host_end + 1);
    int port = 0;
    const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    out.bad_port = url[host_end] != ':' || code != std::errc{} || stop != digits.data() + digits.size() || port < 1 ||
                   port > 65535;
    if (!out.bad_port) out.port = port;
  }
  return out;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "::1" || host == "[::1]") return true;
  in_addr address{};
  return inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

std::optional<Error> take_secrets_from_files(Settings& settings) {
  for (const auto& setting : all_settings()) {
    if (!setting.secret) continue;
    auto& value = settings.*std::get<std::string Settings::*>(setting.field);
    if (!value.empty()) continue;
    const auto path = std::filesystem::path(settings.secrets_dir) / setting.name;
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
      if (setting.may_be_absent) continue;
      if (!settings.is_development()) {
        return bad(fmt::format("{} is not set, and there is no file {}: legal is a secret of at least 32 bytes",
                               setting.name, path.string()));
      }
      if (auto error = make_secret(path)) return error;
    }
    std::ifstream file(path);
    std::getline(file, value);
    if (value.size() < 32 && !setting.of_others) {
      return bad(fmt::format("{} (from {}): legal is a secret of at least 32 bytes", setting.name, path.string()));
    }
  }
  return std::nullopt;
}

std::optional<Error> check_rules(const Settings& settings) {
  for (const auto& [name, address] :
       {std::pair{"http_address", settings.http_address}, {"ops_address", settings.ops_address}}) {
    if (!is_numeric_address(address)) return bad(fmt::format("{} = '{}': legal is a numeric address", name, address));
    if (settings.is_development() && !is_loopback(address)) {
      return bad(fmt::format("{} = '{}': in {} only loopback is legal", name, address, settings.environment));
    }
  }
  // These may hold passwords: a complaint does not show them.
  const auto& broker = settings.mqtt_broker_url;
  const bool over_tcp = is_url(broker, {"mqtt://"});
  if (broker.rfind("unix:///", 0) != 0 && !over_tcp)
    return bad("mqtt_broker_url: legal is unix:///path or mqtt://host:port");
  const auto& database = settings.database_url;
  const bool by_socket = is_socket_postgres(database);
  if (!by_socket && !is_url(database, {"postgres://", "postgresql://"})) {
    return bad("database_url: legal is postgres://user:password@host:port/database, with one host");
  }
  if (!is_url(settings.nats_url, {"nats://", "tls://"}))
    return bad("nats_url: legal is nats:// or tls://user:password@host:port");
  if (!is_url(settings.public_url, {"http://", "https://"}))
    return bad("public_url: legal is http:// or https://host[:port]");
  if (const auto& media = settings.media_base_url;
      !media.empty() && (!is_url(media, {"http://", "https://"}) || media.ends_with('/') ||
                         media.find_first_of("?# \t\"") != std::string::npos))
    return bad("media_base_url: legal is http:// or https://host[:port][/path], without a / at its end, or nothing");
  if (const auto blocks = parse_address_blocks(settings.trusted_proxies); !blocks)
    return bad(fmt::format("trusted_proxies: {}: legal is a list like 10.0.0.0/8, ::1", blocks.error().detail));
  std::string_view no_origin;
  for_items(settings.cors_origins, [&](std::string_view origin) {
    if (origin != "*" && !is_origin(std::string(origin))) no_origin = origin;
  });
  if (!no_origin.empty())
    return bad(
        fmt::format("cors_origins: '{}': legal is http:// or https://host[:port] in lower case, or *", no_origin));
  if (auto error = check_secrets_differ(settings)) return error;
  if (auto error = check_mail(settings)) return error;
  if (settings.is_development()) return std::nullopt;

  if (!by_socket && !is_loopback(parts_of_url(database).host) && !is_encrypted_postgres(database)) {
    return bad("database_url: off loopback it needs sslmode=require, verify-ca or verify-full");
  }
  if (!is_loopback(parts_of_url(settings.nats_url).host) && settings.nats_url.rfind("tls://", 0) != 0) {
    return bad("nats_url: off loopback it needs tls://");
  }
  if (over_tcp && !is_loopback(parts_of_url(broker).host)) {
    return bad("mqtt_broker_url: off loopback the bridge needs the broker's Unix socket on its own machine");
  }
  return std::nullopt;
}

}  // namespace epicura
