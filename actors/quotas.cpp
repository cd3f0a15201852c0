#include "actors/quotas.hpp"

namespace epicura {

namespace {

observe::Counter& refused(observe::Metrics& metrics, const std::string& quota) {
  return metrics.counter("epicura_quota_refused_total", "Requests answered 429, by quota", {{"quota", quota}});
}

// A second's would leave no room for what waited, and less than one full request is never let in.
std::int64_t readings_per_min(std::int64_t per_s) {
  constexpr std::int64_t most_in_a_request = 1000;
  return per_s == 0 ? 0 : std::max(per_s * 60, most_in_a_request);
}

}  // namespace

Quotas::Quotas(const Settings& settings, observe::Metrics& metrics, std::function<Quota::Moment()> steady_clock)
    : user({settings.quota_user_per_min, std::chrono::minutes{1}}),
      auth({settings.quota_auth_per_min, std::chrono::minutes{1}}),
      readings({readings_per_min(settings.quota_readings_per_s), std::chrono::minutes{1}}),
      guessing(settings.jwt_refresh_secret, settings.quota_failed_log_ins),
      clock(std::move(steady_clock)),
      user_refused(refused(metrics, "user")),
      auth_refused(refused(metrics, "auth")),
      readings_refused(refused(metrics, "readings")),
      log_in_refused(refused(metrics, "log_in")),
      failed_log_ins(metrics.counter("epicura_failed_log_ins_total", "Log-ins with a wrong address or password")) {}

Quota::Standing Quotas::of_address(const std::string& address) const {
  if (auth.is_off()) return {};
  return auth.look({IpAddress::parse(address).value_or(IpAddress{}).network().bytes()}, clock());
}

std::vector<std::pair<std::string_view, Quota*>> Quotas::all() {
  std::vector<std::pair<std::string_view, Quota*>> out{{"user", &user}, {"auth", &auth}, {"readings", &readings}};
  for (const auto& one : guessing.quotas()) out.push_back(one);
  return out;
}

}  // namespace epicura
