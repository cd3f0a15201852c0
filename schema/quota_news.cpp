#include "schema/quota_news.hpp"

#include <limits>

#include "schema/bounded_json.hpp"

namespace epicura {

namespace {

std::optional<Quota::Used> read_used(const Json& value) {
  if (!value.is_array() || value.size() != 2 || !value[0].is_string() || !value[1].is_number_unsigned())
    return std::nullopt;
  const auto key = Uuid::parse(value[0].get_ref<const std::string&>());
  const auto count = value[1].get<std::uint64_t>();
  if (!key || count > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  return Quota::Used{*key, static_cast<std::uint32_t>(count)};
}

}  // namespace

std::string encode(const QuotaNews& news) {
  Json used = Json::array();
  for (const auto& one : news.used) used.push_back(Json::array({one.key.str(), one.count}));
  return dump_json({{"from", news.from.str()}, {"quota", news.quota}, {"used", std::move(used)}});
}

std::optional<QuotaNews> decode_quota_news(std::string_view text) {
  const auto parsed = parse_json(text);
  if (parsed.refused || !parsed.value.is_object()) return std::nullopt;
  const auto from = parsed.value.value("from", Json());
  const auto quota = parsed.value.value("quota", Json());
  const auto used = parsed.value.value("used", Json());
  const auto sender = from.is_string() ? Uuid::parse(from.get_ref<const std::string&>()) : std::nullopt;
  if (!sender || !quota.is_string() || !used.is_array()) return std::nullopt;
  QuotaNews news{*sender, quota.get<std::string>(), {}};
  news.used.reserve(used.size());
  for (const Json& one : used) {
    const auto read = read_used(one);
    if (!read) return std::nullopt;
    news.used.push_back(*read);
  }
  return news;
}

}  // namespace epicura
