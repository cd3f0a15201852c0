#pragma once
// Which reads by admins the audit log has still to be told. The first of a thing within a minute is told before it is
// answered. Those that follow are counted here, and told as one entry when the minute is over: an admin's page asks
// every second, and each entry costs a commit. Any thread.

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "schema/audit.hpp"

namespace epicura {

class AdminReads {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  static constexpr auto minute = std::chrono::minutes{1};
  static constexpr std::size_t most = 10'000;  // things in their minute; beyond it each read is told by itself

  struct Read {
    Uuid admin;
    std::string_view route;  // name of the operation
    Uuid device;

    bool operator<(const Read& other) const {
      return std::tie(admin.bytes, route, device.bytes) < std::tie(other.admin.bytes, other.route, other.device.bytes);
    }
  };
  struct Counted {
    Read read;
    std::uint64_t times = 0;
  };

  // True: it is counted. False: it is to be told, and then begin() called.
  bool count(const Read& read, Moment now);
  void begin(const Read& read, Moment now);

  // Those whose minute is over, with how many came behind the first. What could not be told is put back.
  std::vector<Counted> take_ended(Moment now);
  std::vector<Counted> take_all() { return take_ended(Moment::max()); }
  void put_back(const Counted& counted, Moment now);

 private:
  struct Minute {
    Moment until;
    std::uint64_t times = 0;
  };
  std::mutex mutex_;
  std::map<Read, Minute> minutes_;
};

// The entry of such a read; `more`: of so many behind one that was told.
AuditEntry entry_of(const AdminReads::Read& read, std::uint64_t more = 0);

}  // namespace epicura
