#include "http/admission.hpp"

#include <utility>

namespace epicura::http {

Admission::Admission(std::size_t most, std::size_t most_per_address, std::size_t input_per_address,
                     AddressBlocks unlimited)
    : most_(most),
      most_per_address_(most_per_address),
      input_per_address_(input_per_address),
      unlimited_(std::move(unlimited)) {}

std::optional<Admission::Place> Admission::admit(const IpAddress& address, std::string_view& reason) {
  const bool limited = !contains(unlimited_, address);
  const std::lock_guard lock(mutex_);
  if (open_ >= most_) {
    reason = "too_many_connections";
    return std::nullopt;
  }
  Networks::value_type* network = nullptr;
  if (limited) {
    network = &*by_network_.try_emplace(address.network(), input_per_address_).first;
    if (network->second.open >= most_per_address_) {
      reason = "too_many_from_address";
      return std::nullopt;
    }
    ++network->second.open;
  }
  ++open_;
  return Place(*this, network);
}

std::size_t Admission::open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

bool Admission::wait_until_empty(Millis limit) {
  std::unique_lock lock(mutex_);
  return empty_.wait_for(lock, limit, [this] { return open_ == 0; });
}

void Admission::leave(Networks::value_type* network) {
  const std::lock_guard lock(mutex_);
  if (network != nullptr && --network->second.open == 0) by_network_.erase(by_network_.find(network->first));
  if (--open_ == 0) empty_.notify_all();
}

Admission::Place::Place(Place&& other) noexcept
    : admission_(std::exchange(other.admission_, nullptr)), network_(other.network_) {}

Admission::Place::~Place() {
  if (admission_ != nullptr) admission_->leave(network_);
}

}  // namespace epicura::http
