#pragma once
// Who guesses at passwords, and how they are slowed without locking out whom they guess at
// (conf/decisions/0017-how-guessing-is-slowed.md). Accounts are known here by keyed hashes of their addresses alone,
// whether or not there is such an account. Any thread.

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "schema/ip_address.hpp"
#include "schema/quota.hpp"

namespace epicura {

class Guessing {
 public:
  // Who tries to sign in, and from where.
  struct Attempt {
    Quota::Key account;
    Quota::Key network;
    Quota::Key pair;  // of both
  };
  enum class Pace {
    free,
    slow_for_strangers,  // much is tried at this account: slow but for a network that its owner has signed in from
    slow_network,        // much is tried from this network at many accounts: likewise, further ones share its turn
    slow,                // much was tried at this account from this network already
  };
  // What a failure has just brought to its limit.
  struct Noticed {
    bool account = false;
    bool network = false;
  };

  // `key`: of the hashes. `failures`: to one account from one network in 15 minutes; ten times as many in an hour to
  // one account, or from one network to all accounts. 0: nothing is counted.
  Guessing(std::string key, std::int64_t failures);

  bool is_off() const { return pairs_.is_off(); }
  // `email`: in the form in which two of them are compared. `from`: an address of the network.
  Attempt attempt(std::string_view email, const IpAddress& from) const;
  Pace pace(const Attempt& attempt, Quota::Moment now) const;
  // For who is slow: one in a minute is allowed.
  Quota::Standing take_turn(const Attempt& attempt, Pace pace, Quota::Moment now) {
    return turns_.take(pace == Pace::slow_network ? attempt.network : attempt.pair, now);
  }
  Noticed failed(const Attempt& attempt, Quota::Moment now);
  // The right password proves that what was tried from there before was its owner's.
  void succeeded(const Attempt& attempt);

  // To be shared by the nodes, each under a name of its own.
  std::array<std::pair<std::string_view, Quota*>, 4> quotas();

 private:
  const std::string key_;
  Quota pairs_;
  Quota turns_;
  Quota accounts_;
  Quota networks_;
};

}  // namespace epicura
