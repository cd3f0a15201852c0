#include "actors/routes/admin_list.hpp"

#include <algorithm>
#include <charconv>

#include "schema/base64.hpp"
#include "schema/json_text.hpp"
#include "schema/pg/audit_queries.hpp"
#include "schema/pg/audit_rows.hpp"

namespace epicura::routes {

namespace {

constexpr std::int64_t default_limit = 20;

// An e-mail address that was looked for has no place in a log that outlives it.
Json shown(const http::Parameter& parameter, const std::string& value) {
  if (parameter.kind != http::Parameter::Kind::text || Uuid::parse(value)) return value;
  return true;
}

Json filters_of(const http::Request& request) {
  Json filters = Json::object();
  for (const auto& [name, value] : request.query) {
    for (const auto& parameter : request.route->query) {
      if (parameter.name == name) filters[name] = shown(parameter, value);
    }
  }
  return filters;
}

}  // namespace

std::optional<std::string_view> query_text(const Call& call, std::string_view name) {
  const auto* value = call.request().query_value(name);
  return value ? std::optional<std::string_view>(*value) : std::nullopt;
}

std::optional<Uuid> query_uuid(const Call& call, std::string_view name) {
  const auto text = query_text(call, name);
  return text ? Uuid::parse(*text) : std::nullopt;
}

std::optional<Timestamp> query_time(const Call& call, std::string_view name) {
  const auto text = query_text(call, name);
  return text ? parse_rfc3339(*text) : std::nullopt;
}

std::optional<std::int64_t> query_integer(const Call& call, std::string_view name) {
  const auto text = query_text(call, name);
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

std::int64_t query_limit(const Call& call) {
  return query_integer(call, "limit").value_or(default_limit);
}

std::string encode_cursor(std::string_view list, std::string_view place) {
  return base64url(fmt::format("{}|{}", list, place));
}

std::optional<std::string> decode_cursor(std::string_view list, std::string_view cursor) {
  const auto plain = from_base64url(cursor);
  const auto prefix = fmt::format("{}|", list);
  if (!plain || !plain->starts_with(prefix)) return std::nullopt;
  return plain->substr(prefix.size());
}

void fail_cursor(Call& call) {
  call.fail({{"/query/cursor", "bad_cursor", "this is no cursor of ours; take next_cursor of a page"}});
}

std::optional<Uuid> id_before(Call& call, std::string_view list) {
  const auto cursor = query_text(call, "cursor");
  if (!cursor) {
    Uuid largest;
    largest.bytes.fill(0xff);
    return largest;
  }
  const auto place = decode_cursor(list, *cursor);
  const auto id = place ? Uuid::parse(*place) : std::nullopt;
  if (!id) fail_cursor(call);
  return id;
}

std::string page_json(const pg::Rows& rows, std::int64_t limit, std::string_view list,
                      std::optional<std::int64_t> total, const OfRow& item, const OfRow& place) {
  const int count = static_cast<int>(std::min<std::int64_t>(rows.size(), limit));
  std::string items = "[";
  for (int row = 0; row < count; ++row) {
    if (row > 0) items += ',';
    items += item(row);
  }
  items += ']';
  JsonText page(items.size() + 128);
  page.raw("items", items);
  rows.size() > limit ? page.add("next_cursor", encode_cursor(list, place(count - 1)))
                      : page.raw("next_cursor", "null");
  total ? page.add("total", *total) : page.raw("total", "null");
  return std::move(page).take();
}

std::pair<const pg::Statement*, pg::Params> note_read(const Call& call, std::string action) {
  AuditEntry entry;
  entry.actor = AuditActor::admin;
  entry.actor_id = person_of(call).subject;
  entry.action = std::move(action);
  entry.request_id = call.request().request_id;
  entry.address = call.request().peer_address;
  entry.detail = dump_json(filters_of(call.request()));
  return {&pg::queries::append_audit, pg::audit_params(entry)};
}

}  // namespace epicura::routes
