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

std::string MailFolder::name_of(const Mail& mail, Timestamp at) {
  auto time = format_rfc3339(at);
  std::erase_if(time, [](char c) { return c == ':' || c == '-'; });
  return fmt::format("{}-{}-{}.eml", time, mail.user.str(), mail.id.str());
}

MailOutcome MailFolder::put(const std::string& name, std::string_view message) const {
  const std::filesystem::path directory = directory_;
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  const auto half = directory / ("." + name);
  const int fd = ::open(half.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  const bool written = fd >= 0 && write_all(fd, message);
  int error = errno;
  if (fd >= 0) ::close(fd);
  if (written && std::rename(half.c_str(), (directory / name).c_str()) == 0) return {};
  if (written) error = errno;
  return {MailResult::try_again, fmt::format("{}: {}", directory_, std::strerror(error))};
}

void MailFolder::forget(const Uuid& user) const {
  const auto theirs = "-" + user.str() + "-";
  std::error_code failed;
  std::vector<std::filesystem::path> found;
  for (std::filesystem::directory_iterator it(directory_, failed), end; !failed && it != end; it.increment(failed))
    if (it->path().filename().string().find(theirs) != std::string::npos) found.push_back(it->path());
  for (const auto& path : found) std::filesystem::remove(path, failed);
}

}  // namespace epicura::mail
