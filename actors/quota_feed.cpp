#include "actors/quota_feed.hpp"

#include "bus/announce.hpp"
#include "bus/subjects.hpp"
#include "schema/quota_news.hpp"

namespace epicura {

namespace {

constexpr std::size_t keys_a_message = 500;  // about 20 KB
constexpr int messages_a_quota = 8;

}  // namespace

void QuotaFeed::tell() {
  for (const auto& [name, quota] : quotas_.all()) {
    for (int i = 0; i < messages_a_quota; ++i) {
      auto used = quota->news(keys_a_message);
      if (used.empty()) break;
      bus::announce(nats_, bus::quota_subject, encode(QuotaNews{instance_, std::string(name), std::move(used)}));
    }
  }
}

void QuotaFeed::hear(std::string_view text) {
  const auto news = decode_quota_news(text);
  if (!news || news->from == instance_) return;
  for (const auto& [name, quota] : quotas_.all())
    if (name == news->quota) quota->heard(news->used, quotas_.clock());
}

}  // namespace epicura
