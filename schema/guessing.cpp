#include "schema/guessing.hpp"

#include <algorithm>

#include "schema/hmac_sha256.hpp"

namespace epicura {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t places = std::size_t{1} << 13;

Quota::Key key_of_hash(const std::array<char, 32>& hash) {
  Quota::Key key;
  std::copy_n(hash.begin(), key.bytes.size(), key.bytes.begin());
  return key;
}

std::string_view text_of(const Quota::Key& key) {
  return {reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size()};
}

}  // namespace

Guessing::Guessing(std::string key, std::int64_t failures)
    : key_(std::move(key)),
      pairs_({failures, 15min}, places),
      turns_({failures == 0 ? 0 : 1, 55s}, places),  // forgotten within a minute
      accounts_({failures * 10, 1h}, places),
      networks_({failures * 10, 1h}, places) {}

Guessing::Attempt Guessing::attempt(std::string_view email, const IpAddress& from) const {
  // A word of its own before what is hashed: the key proves other things too.
  const auto account = key_of_hash(hmac_sha256(key_, "log-in account " + std::string(email)));
  const Quota::Key network{from.network().bytes()};
  std::string both = "log-in pair ";
  both.append(text_of(account)).append(text_of(network));
  return {account, network, key_of_hash(hmac_sha256(key_, both))};
}

Guessing::Pace Guessing::pace(const Attempt& attempt, Quota::Moment now) const {
  if (is_off()) return Pace::free;
  if (pairs_.look(attempt.pair, now).remaining == 0) return Pace::slow;
  if (networks_.look(attempt.network, now).remaining == 0) return Pace::slow_network;
  return accounts_.look(attempt.account, now).remaining == 0 ? Pace::slow_for_strangers : Pace::free;
}

Guessing::Noticed Guessing::failed(const Attempt& attempt, Quota::Moment now) {
  if (is_off()) return {};
  const auto reaches = [now](Quota& quota, const Quota::Key& key) {
    const bool was_there = quota.look(key, now).remaining == 0;
    return quota.count(key, now).remaining == 0 && !was_there;
  };
  const bool pair = reaches(pairs_, attempt.pair);
  const bool account = reaches(accounts_, attempt.account);
  return {pair || account, reaches(networks_, attempt.network)};
}

void Guessing::succeeded(const Attempt& attempt) {
  pairs_.forget(attempt.pair);
  turns_.forget(attempt.pair);
}

std::array<std::pair<std::string_view, Quota*>, 4> Guessing::quotas() {
  return {{{"log_in_pair", &pairs_},
           {"log_in_turn", &turns_},
           {"log_in_account", &accounts_},
           {"log_in_network", &networks_}}};
}

}  // namespace epicura
