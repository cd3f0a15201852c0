#include "actors/media/media_store.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "schema/hexadecimal.hpp"
#include "schema/observe/log.hpp"
#include "schema/random_bytes.hpp"

namespace epicura {

namespace {

namespace fs = std::filesystem;

constexpr const char* quarantine_place = "quarantine";
constexpr const char* public_place = "public";
constexpr const char* work_place = "work";
constexpr std::string_view suffix = ".jpg";
constexpr std::size_t digits = 32;
constexpr mode_t owner_alone = 0700;
constexpr std::size_t longest_file = std::size_t{16} << 20;  // nothing larger is ever written

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  const int fd_;
};

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool trouble(const fs::path& path) {
  log::error("media", "{}: {}", path.string(), std::strerror(errno));
  return false;
}

// A place of the store, and the store itself.
bool make_directory(const fs::path& path) {
  std::error_code failed;
  fs::create_directories(path.parent_path().parent_path(), failed);
  ::mkdir(path.parent_path().c_str(), owner_alone);
  return ::mkdir(path.c_str(), owner_alone) == 0 || errno == EEXIST || trouble(path);
}

// Names of files and directories in it that were last changed before.
template <class Take>
void for_old(const fs::path& directory, std::chrono::seconds age, Take take) {
  std::error_code failed;
  const auto limit = fs::file_time_type::clock::now() - age;
  for (const auto& entry : fs::directory_iterator(directory, failed)) {
    const auto changed = fs::last_write_time(entry.path(), failed);
    if (!failed && changed < limit) take(entry.path().filename().string());
  }
}

}  // namespace

// The directory is synced too: a name that a row has is there after the power has gone.
bool MediaStore::write(const std::string& place, const std::string& name, std::string_view bytes) const {
  const auto directory = fs::path(directory_) / place;
  if (!make_directory(directory)) return false;
  const auto half = directory / ("." + name);
  {
    const Descriptor file(::open(half.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) return trouble(half);
    if (!write_all(file.get(), bytes) || ::fsync(file.get()) != 0) {
      trouble(half);
      ::unlink(half.c_str());
      return false;
    }
  }
  if (std::rename(half.c_str(), (directory / name).c_str()) != 0) return trouble(half);
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return (opened && ::fsync(opened.get()) == 0) || trouble(directory);
}

MediaStore::Found MediaStore::read_file(const std::string& place, std::string_view name) const {
  const auto path = fs::path(directory_) / place / name;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file && errno == ENOENT) return {.bytes = {}, .absent = true};
  struct stat facts {};
  if (!file || ::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode) ||
      facts.st_size > static_cast<off_t>(longest_file)) {
    trouble(path);
    return {};
  }
  std::string bytes(static_cast<std::size_t>(facts.st_size), '\0');
  std::size_t got = 0;
  while (got < bytes.size()) {
    const auto count = ::read(file.get(), bytes.data() + got, bytes.size() - got);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      trouble(path);
      return {};
    }
    got += static_cast<std::size_t>(count);
  }
  return {.bytes = std::move(bytes), .absent = false};
}

void MediaStore::remove(const std::string& place, std::string_view name) const {
  const auto path = fs::path(directory_) / place / name;
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) trouble(path);
}

bool MediaStore::quarantine(const Uuid& id, std::string_view bytes) const {
  return write(quarantine_place, id.str(), bytes);
}

MediaStore::Found MediaStore::quarantined(const Uuid& id) const {
  return read_file(quarantine_place, id.str());
}

void MediaStore::drop_quarantined(const Uuid& id) const {
  remove(quarantine_place, id.str());
}

std::optional<std::string> MediaStore::keep(std::string_view jpeg) const {
  auto name = hexadecimal(random_bytes(digits / 2));
  name += suffix;
  if (!write(public_place, name, jpeg)) return std::nullopt;
  return name;
}

MediaStore::Found MediaStore::read(std::string_view name) const {
  return read_file(public_place, name);
}

void MediaStore::drop(std::string_view name) const {
  remove(public_place, name);
}

bool MediaStore::is_name(std::string_view text) {
  return text.size() == digits + suffix.size() && text.ends_with(suffix) &&
         std::all_of(text.begin(), text.begin() + digits,
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::optional<std::string> MediaStore::make_work_directory() const {
  const auto place = fs::path(directory_) / work_place;
  if (!make_directory(place)) return std::nullopt;
  auto path = (fs::absolute(place) / "XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) {
    trouble(path);
    return std::nullopt;
  }
  return path;
}

std::vector<Uuid> MediaStore::quarantined_before(std::chrono::seconds age) const {
  std::vector<Uuid> found;
  for_old(fs::path(directory_) / quarantine_place, age, [&](const std::string& name) {
    if (const auto id = Uuid::parse(name)) found.push_back(*id);
  });
  return found;
}

std::vector<std::string> MediaStore::kept_before(std::chrono::seconds age) const {
  std::vector<std::string> found;
  for_old(fs::path(directory_) / public_place, age, [&](const std::string& name) {
    if (is_name(name)) found.push_back(name);
  });
  return found;
}

void MediaStore::drop_work_before(std::chrono::seconds age) const {
  const auto work = fs::path(directory_) / work_place;
  for_old(work, age, [&](const std::string& name) {
    std::error_code failed;
    fs::remove_all(work / name, failed);
  });
  for (const auto* place : {quarantine_place, public_place}) {
    for_old(fs::path(directory_) / place, age, [&](const std::string& name) {
      if (name.starts_with('.')) remove(place, name);
    });
  }
}

}  // namespace epicura
