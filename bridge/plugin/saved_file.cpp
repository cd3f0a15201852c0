#include "bridge/plugin/saved_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "bridge/plugin/bridge_sessions.hpp"

namespace epicura::bridge::plugin {
namespace {

constexpr std::string_view common_start = "epicura-bridge-";  // of both client ids: found once, then told apart
static_assert(telemetry_client_id.starts_with(common_start) && device_client_id.starts_with(common_start));

// Each ends with a NUL: the next record begins with one, so that no filter passes for a longer one's beginning.
std::vector<std::string> wanted_texts() {
  std::vector<std::string> texts;
  texts.reserve(telemetry_filters.size() + device_filters.size());
  for (const auto filter : telemetry_filters) texts.push_back(std::string(telemetry_client_id).append(filter));
  for (const auto filter : device_filters) texts.push_back(std::string(device_client_id).append(filter));
  for (auto& text : texts) text += '\0';
  return texts;
}

void strike_out(std::vector<std::string>& missing, std::string_view block) {
  while (const void* at = memmem(block.data(), block.size(), common_start.data(), common_start.size())) {
    block.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(at) - block.data()));
    std::erase_if(missing, [&](const std::string& text) { return block.starts_with(text); });
    block.remove_prefix(1);
  }
}

}  // namespace

std::optional<FileStamp> stamp_of(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) return std::nullopt;
  return FileStamp{facts.st_dev, facts.st_ino, facts.st_mtim.tv_sec * 1'000'000'000LL + facts.st_mtim.tv_nsec};
}

bool holds_bridge_sessions(const std::string& path) {
  auto missing = wanted_texts();
  std::size_t longest = 0;
  for (const auto& text : missing) longest = std::max(longest, text.size());

  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  std::vector<char> buffer(1 << 20);
  std::size_t held = 0;  // the end of the block before: a text may lie across the two
  ssize_t got = 0;
  while ((got = read(file, buffer.data() + held, buffer.size() - held)) > 0) {
    const std::string_view block(buffer.data(), held + static_cast<std::size_t>(got));
    strike_out(missing, block);
    held = std::min(block.size(), longest - 1);
    std::copy(block.end() - static_cast<std::ptrdiff_t>(held), block.end(), buffer.begin());
  }
  close(file);
  if (got < 0) return false;
  buffer[held] = '\0';  // the last record has none behind it
  strike_out(missing, {buffer.data(), held + 1});
  return missing.empty();
}

}  // namespace epicura::bridge::plugin
