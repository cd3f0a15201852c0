#pragma once
// Who may connect: so many in all, so many from one address; and what those of one address may hold together. Any
// thread.

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "http/budget.hpp"
#include "schema/ip_address.hpp"
#include "schema/time.hpp"

namespace epicura::http {

class Admission {
 public:
  // `input_per_address`: bytes. `unlimited`: only the bound in all counts for them.
  Admission(std::size_t most, std::size_t most_per_address, std::size_t input_per_address, AddressBlocks unlimited);
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  struct Network {
    explicit Network(std::size_t input_bytes) : input(input_bytes, input_bytes / 4) {}
    std::size_t open = 0;
    Budget input;
  };
  using Networks = std::unordered_map<IpAddress, Network, IpAddressHash>;  // whose elements stay where they are

  // A connection's place, free again when this dies. The admission must outlive it.
  class Place {
   public:
    Place(Place&& other) noexcept;
    ~Place();
    Place& operator=(Place&&) = delete;
    Budget* input() const { return network_ ? &network_->second.input : nullptr; }  // as long as this lives

   private:
    friend class Admission;
    Place(Admission& admission, Networks::value_type* network) : admission_(&admission), network_(network) {}
    Admission* admission_;
    Networks::value_type* network_;  // which counts it; null: none
  };
  // Absent: `reason` says what is full.
  std::optional<Place> admit(const IpAddress& address, std::string_view& reason);

  std::size_t open() const;
  bool wait_until_empty(Millis limit);

 private:
  void leave(Networks::value_type* network);

  const std::size_t most_;
  const std::size_t most_per_address_;
  const std::size_t input_per_address_;
  const AddressBlocks unlimited_;
  mutable std::mutex mutex_;
  std::condition_variable empty_;
  std::size_t open_ = 0;
  Networks by_network_;
};

}  // namespace epicura::http
