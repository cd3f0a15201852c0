#pragma once
// Who may connect: so many in all, so many from one address. Any thread.

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "schema/ip_address.hpp"
#include "schema/time.hpp"

namespace epicura::http {

class Admission {
 public:
  // `unlimited`: only the bound in all counts for them.
  Admission(std::size_t most, std::size_t most_per_address, AddressBlocks unlimited);
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // A connection's place, free again when this dies. The admission must outlive it.
  class Place {
   public:
    Place(Place&& other) noexcept;
    ~Place();
    Place& operator=(Place&&) = delete;

   private:
    friend class Admission;
    Place(Admission& admission, std::optional<IpAddress> network) : admission_(&admission), network_(network) {}
    Admission* admission_;
    std::optional<IpAddress> network_;  // which counts it
  };
  // Absent: `reason` says what is full.
  std::optional<Place> admit(const IpAddress& address, std::string_view& reason);

  std::size_t open() const;
  bool wait_until_empty(Millis limit);

 private:
  void leave(const std::optional<IpAddress>& network);

  const std::size_t most_;
  const std::size_t most_per_address_;
  const AddressBlocks unlimited_;
  mutable std::mutex mutex_;
  std::condition_variable empty_;
  std::size_t open_ = 0;
  std::unordered_map<IpAddress, std::size_t, IpAddressHash> by_network_;
};

}  // namespace epicura::http
