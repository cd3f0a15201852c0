#pragma once
// What nodes tell each other of quotas: who has used how much since the last word. A message on cloud.users.quota.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/quota.hpp"

namespace epicura {

struct QuotaNews {
  Uuid from;          // the process that says so
  std::string quota;  // which one
  std::vector<Quota::Used> used;
};

// {"from":"...","quota":"user","used":[["...",3]]}
std::string encode(const QuotaNews& news);
std::optional<QuotaNews> decode_quota_news(std::string_view text);  // absent: it is none

}  // namespace epicura
