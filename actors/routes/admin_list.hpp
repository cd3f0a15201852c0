#pragma once
// What the lists of admins have in common: their parameters, their cursors, their pages, and the entry that the audit
// log gets of a look at people's data.

#include <functional>

#include "actors/request.hpp"
#include "actors/routes/signed_in.hpp"
#include "schema/audit.hpp"

namespace epicura::routes {

// A query parameter, which the route table has checked; absent: not given.
std::optional<std::string_view> query_text(const Call& call, std::string_view name);
std::optional<Uuid> query_uuid(const Call& call, std::string_view name);
std::optional<Timestamp> query_time(const Call& call, std::string_view name);
std::optional<std::int64_t> query_integer(const Call& call, std::string_view name);
std::int64_t query_limit(const Call& call);  // 20 where none is given

// The place behind which the next page begins; opaque outside. One of another list is none.
std::string encode_cursor(std::string_view list, std::string_view place);
std::optional<std::string> decode_cursor(std::string_view list, std::string_view cursor);

// The id that the page lies below: that of the cursor, the largest where there is none. Absent: the cursor is junk, and
// the request has been answered.
std::optional<Uuid> id_before(Call& call, std::string_view list);
void fail_cursor(Call& call);

using OfRow = std::function<std::string(int row)>;
// {items, next_cursor, total} of at most `limit` rows; one more says that there is a next page. `item`: a row as JSON;
// `place`: of a row, for the cursor.
std::string page_json(const pg::Rows& rows, std::int64_t limit, std::string_view list,
                      std::optional<std::int64_t> total, const OfRow& item, const OfRow& place);

// The entry that this admin has looked at such data, as the last statement of the unit that reads them. Its detail says
// what was looked for: ids, times and choices as they are, of other texts only that there was one.
std::pair<const pg::Statement*, pg::Params> note_read(const Call& call, std::string action);

}  // namespace epicura::routes
