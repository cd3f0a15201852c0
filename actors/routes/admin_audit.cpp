// The audit log, to be looked through. That it was is an entry of its own, written behind the page that was read, in
// one transaction.

#include <algorithm>
#include <charconv>
#include <limits>

#include "actors/routes/admin_list.hpp"
#include "actors/routes/routes.hpp"
#include "schema/ascii.hpp"
#include "schema/audit_csv.hpp"
#include "schema/hexadecimal.hpp"
#include "schema/json_text.hpp"
#include "schema/list.hpp"
#include "schema/pg/audit_queries.hpp"
#include "schema/pg/audit_rows.hpp"

namespace epicura::routes {

namespace {

namespace q = pg::queries;

constexpr std::string_view list = "audit";
constexpr std::int64_t csv_rows = 1'000;  // where no limit is given

// Named by the client, and not with a weight of 0 (RFC 9110, 12.5.1). JSON is what everybody else gets.
bool accepts_csv(std::string_view accept) {
  bool named = false;
  for_items(accept, [&named](std::string_view range) {
    const auto mark = range.find(';');
    if (ascii_lower(trimmed(range.substr(0, mark))) != "text/csv") return;
    const auto weight = mark == std::string_view::npos ? std::string_view() : trimmed(range.substr(mark + 1));
    named = weight != "q=0" && weight != "q=0.0";
  });
  return named;
}

// Only entries below this number. Absent: the cursor is junk, and the request has been answered.
std::optional<std::int64_t> seq_before(Call& call) {
  const auto cursor = query_text(call, "cursor");
  if (!cursor) return std::numeric_limits<std::int64_t>::max();
  const auto place = decode_cursor(list, *cursor);
  std::int64_t seq = 0;
  if (place) {
    const auto* end = place->data() + place->size();
    const auto [stop, code] = std::from_chars(place->data(), end, seq);
    if (code == std::errc{} && stop == end && seq > 0) return seq;
  }
  fail_cursor(call);
  return std::nullopt;
}

std::string entry_json(const AuditRow& row) {
  const auto actor = row.actor_id ? std::optional(row.actor_id->str()) : std::nullopt;
  JsonText out(640 + row.detail.size());
  out.add("action", row.action)
      .add_or_null("actor_id", actor)
      .add("actor_kind", row.actor_kind)
      .add_or_null("address", row.address)
      .add("at", format_rfc3339(std::chrono::floor<Millis>(row.at)))
      .raw("detail", row.detail)
      .add("hash", hexadecimal(row.hash))
      .add("outcome", row.outcome)
      .add("prev_hash", hexadecimal(row.prev_hash))
      .add_or_null("request_id", row.request_id)
      .add("seq", row.seq)
      .add_or_null("target_id", row.target_id)
      .add_or_null("target_kind", row.target_kind);
  return std::move(out).take();
}

// A query parameter as it stands in a URL: all that is not unreserved is escaped (RFC 3986, 2.3).
void append_parameter(std::string& url, std::string_view name, std::string_view value) {
  url.append(url.find('?') == std::string::npos ? "?" : "&").append(name).append("=");
  for (const char c : value) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    url += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
}

// CSV has no place for a cursor: the next page is a link (RFC 8288).
std::string next_link(const Call& call, std::string_view cursor) {
  std::string url = "/api/v1/admin/audit-log";
  for (const auto& [name, value] : call.request().query) {
    if (name != "cursor") append_parameter(url, name, value);
  }
  append_parameter(url, "cursor", cursor);
  return "<" + url + ">; rel=\"next\"";
}

void answer_csv(Call& call, const pg::Rows& rows, std::int64_t limit) {
  const int count = static_cast<int>(std::min<std::int64_t>(rows.size(), limit));
  std::string text;
  append_audit_csv_header(text);
  for (int row = 0; row < count; ++row) append_audit_csv(text, pg::audit_row(rows, row));
  http::Response response{200, "text/csv; charset=utf-8", std::move(text), {}};
  response.headers.emplace_back("Content-Disposition", "attachment; filename=\"audit-log.csv\"");
  if (rows.size() > limit)
    response.headers.emplace_back("Link",
                                  next_link(call, encode_cursor(list, std::to_string(rows.int8(count - 1, 0)))));
  call.answer(std::move(response));
}

void answer_json(Call& call, const pg::Rows& rows, std::int64_t limit) {
  call.answer({200,
               "application/json",
               page_json(
                   rows, limit, list, std::nullopt, [&rows](int row) { return entry_json(pg::audit_row(rows, row)); },
                   [&rows](int row) { return std::to_string(rows.int8(row, 0)); }),
               {}});
}

}  // namespace

void list_audit_log(Call& call) {
  const auto before = seq_before(call);
  if (!before) return;
  const bool csv = accepts_csv(call.request().accept);
  const auto limit = csv ? query_integer(call, "limit").value_or(csv_rows) : query_limit(call);
  const auto actor = query_uuid(call, "actor_id");
  const auto target = query_text(call, "target_id");
  const auto& page = actor ? q::list_audit_of_actor : target ? q::list_audit_of_target : q::list_audit;
  call.query_history({{&page, pg::params_of(*before, limit + 1, query_text(call, "action"), query_time(call, "from"),
                                            query_time(call, "to"), actor, query_text(call, "target_kind"), target)},
                      note_read(call, "audit.read")},
                     [&call, csv, limit](const std::vector<pg::Rows>& results) {
                       csv ? answer_csv(call, results[0], limit) : answer_json(call, results[0], limit);
                     });
}

}  // namespace epicura::routes
