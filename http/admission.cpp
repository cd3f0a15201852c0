#include "http/admission.hpp"

#include <utility>

namespace epicura::http {

Admission::Admission(std::size_t most, std::size_t most_per_address, AddressBlocks unlimited)
    : most_(most), most_per_address_(most_per_address), unlimited_(std::move(unlimited)) {}

std::optional<Admission::Place> Admission::admit(const IpAddress& address, std::string_view& reason) {
  std::optional<IpAddress> network;
  if (!contains(unlimited_, address)) network = address.network();
  const std::lock_guard lock(mutex_);
  if (open_ >= most_) {
    reason = "too_many_connections";
    return std::nullopt;
  }
  if (network) {
    auto& count = by_network_[*network];
    if (count >= most_per_address_) {
      reason = "too_many_from_address";
      return std::nullopt;
    }
    ++count;
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

void Admission::leave(const std::optional<IpAddress>& network) {
  const std::lock_guard lock(mutex_);
  if (network) {
    const auto found = by_network_.find(*network);
    if (--found->second == 0) by_network_.erase(found);
  }
  if (--open_ == 0) empty_.notify_all();
}

Admission::Place::Place(Place&& other) noexcept
    : admission_(std::exchange(other.admission_, nullptr)), network_(other.network_) {}

Admission::Place::~Place() {
  if (admission_ != nullptr) admission_->leave(network_);
}

}  // namespace epicura::http
