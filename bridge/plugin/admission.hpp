#pragma once
// When devices are let in: after the bridge's sessions, with all their subscriptions, are in the broker's own file.
// Before that the broker would acknowledge a reading that nobody is subscribed to; and a broker that is killed before
// it has saved comes back without the sessions. The broker's thread owns it.

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace epicura::bridge::plugin {

// What tells one saved file from the next: Mosquitto writes a new file and renames it over the old one.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  std::int64_t modified_ns = 0;
  auto operator<=>(const FileStamp&) const = default;
};

struct Persistence {
  std::function<std::optional<FileStamp>()> stamp;  // of the saved file; none: there is no file
  std::function<bool()> holds_sessions;             // is everything of the bridge's in the file? (reads all of it)
  std::function<void()> save;                       // asks the broker to save; it does so after the current tick
};

class Admission {
 public:
  explicit Admission(Persistence persistence) : persistence_(std::move(persistence)) {}

  // The broker is about to enter this subscription, and has done so by the next tick. One below QoS 1 does not count
  // (it would not be kept while the bridge is away), except for the broker's own topics.
  void subscribed(std::string_view client_id, std::string_view filter, int qos);

  // Once in each turn of the broker's loop, after the clients. True in the one tick that opens.
  bool tick(std::chrono::steady_clock::time_point now);

  bool open() const { return open_; }

 private:
  void ask(std::chrono::steady_clock::time_point now);

  Persistence persistence_;
  std::uint32_t seen_ = 0;  // a bit for each filter of both sessions
  bool asked_ = false;
  bool open_ = false;
  std::optional<FileStamp> before_;
  std::chrono::steady_clock::time_point asked_at_;
};

}  // namespace epicura::bridge::plugin
