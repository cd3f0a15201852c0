#include "schema/revocation_news.hpp"

#include "schema/bounded_json.hpp"

namespace epicura {

namespace {

std::optional<Uuid> id_in(const Json& value) {
  return value.is_string() ? Uuid::parse(value.get_ref<const std::string&>()) : std::nullopt;
}

}  // namespace

std::string encode(const RevocationNews& news) {
  Json families = Json::array();
  for (const Uuid& family : news.families) families.push_back(family.str());
  return dump_json({{"families", std::move(families)}, {"from", news.from.str()}, {"link", news.link}});
}

std::optional<RevocationNews> decode_revocation_news(std::string_view text) {
  const auto parsed = parse_json(text);
  if (parsed.refused || !parsed.value.is_object()) return std::nullopt;
  const auto from = id_in(parsed.value.value("from", Json()));
  const auto link = parsed.value.value("link", Json());
  const auto families = parsed.value.value("families", Json());
  if (!from || !link.is_number_unsigned() || !families.is_array()) return std::nullopt;
  RevocationNews news{*from, link.get<std::uint64_t>(), {}};
  news.families.reserve(families.size());
  for (const Json& family : families) {
    const auto id = id_in(family);
    if (!id) return std::nullopt;
    news.families.push_back(*id);
  }
  return news;
}

}  // namespace epicura
