#include "actors/mail/mail_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace epicura::mail {

namespace {

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

MailOutcome MailFolder::put(const Mail& mail, std::string_view message, Timestamp at) const {
  const std::filesystem::path directory = directory_;
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  auto time = format_rfc3339(at);
  std::erase_if(time, [](char c) { return c == ':' || c == '-'; });
  const auto name = time + "-" + mail.id.str() + ".eml";
  const auto half = directory / ("." + name);
  const int fd = ::open(half.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  const bool written = fd >= 0 && write_all(fd, message);
  int error = errno;
  if (fd >= 0) ::close(fd);
  if (written && std::rename(half.c_str(), (directory / name).c_str()) == 0) return {};
  if (written) error = errno;
  return {MailResult::try_again, fmt::format("{}: {}", directory_, std::strerror(error))};
}

}  // namespace epicura::mail
