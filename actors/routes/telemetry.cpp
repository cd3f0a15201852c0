// Readings over HTTP: in by the same stream as those over MQTT, out from the table.

#include <algorithm>
#include <charconv>

#include "actors/authorize.hpp"
#include "actors/body.hpp"
#include "actors/routes/routes.hpp"
#include "actors/trace_context.hpp"
#include "actors/unknown_fields.hpp"
#include "bus/max_payload.hpp"
#include "bus/subjects.hpp"
#include "schema/base64.hpp"
#include "schema/bounded_json.hpp"
#include "schema/dead_letter.hpp"
#include "schema/metric.hpp"
#include "schema/pg/queries.hpp"
#include "schema/telemetry_codec.hpp"
#include "schema/telemetry_scan.hpp"

namespace epicura::routes {

namespace {

namespace q = pg::queries;

constexpr std::int64_t default_limit = 20;

// -- in ---------------------------------------------------------------------------------------------------------------

using Errors = std::vector<http::FieldError>;

// A field of the wrong form is an error of the whole body.
std::optional<Reading> read_reading(const Json& json, const std::string& at, Errors& errors, std::size_t& unknown) {
  const auto before = errors.size();
  if (!json.is_object()) {
    errors.push_back({at, "bad_value", "a reading is a JSON object"});
    return std::nullopt;
  }
  unknown += count_unknown(json, {"metric", "value", "ts", "unit", "session_id", "seq"});
  const auto member = [&json](const char* field) -> const Json* {
    const auto found = json.find(field);
    return found == json.end() || found->is_null() ? nullptr : &*found;
  };
  Reading reading;
  const auto* metric = member("metric");
  if (metric && metric->is_string() && is_metric_name(metric->get_ref<const std::string&>())) {
    reading.metric = metric->get<std::string>();
  } else {
    errors.push_back({at + "/metric", metric ? "bad_metric" : "missing",
                      "metric is 1 to 4 levels of [A-Za-z0-9_-]{1,64} joined by dots"});
  }
  const auto* value = member("value");
  if (value && value->is_number()) {
    reading.value = value->get<double>();
  } else {
    errors.push_back({at + "/value", value ? "bad_value" : "missing", "value is a finite number"});
  }
  const auto* ts = member("ts");
  if (const auto time = ts ? read_time(*ts) : std::nullopt) {
    reading.ts = *time;
  } else {
    errors.push_back({at + "/ts", ts ? "bad_time" : "missing", "ts is RFC 3339 or milliseconds since 1970"});
  }
  if (const auto* unit = member("unit")) {
    if (unit->is_string() && is_unit(unit->get_ref<const std::string&>())) {
      reading.unit = unit->get<std::string>();
    } else {
      errors.push_back({at + "/unit", "bad_value", "unit is a text of 1 to 32 bytes"});
    }
  }
  if (const auto* session = member("session_id")) {
    reading.session_id = session->is_string() ? Uuid::parse(session->get_ref<const std::string&>()) : std::nullopt;
    if (!reading.session_id) errors.push_back({at + "/session_id", "bad_value", "session_id is a UUID"});
  }
  if (const auto* seq = member("seq")) {
    const bool whole = seq->is_number_unsigned() && seq->get<std::uint64_t>() <= std::uint64_t{INT64_MAX};
    if (whole) {
      reading.seq = seq->get<std::int64_t>();
    } else {
      errors.push_back({at + "/seq", "bad_value", "seq is a whole number from 0 on"});
    }
  }
  return errors.size() == before ? std::optional(std::move(reading)) : std::nullopt;
}

// 1,000 readings are too many for the generic validator, and each has its own reason: this is schema Readings in code.
std::vector<Reading> read_readings(std::string_view text, Errors& errors, std::size_t& unknown) {
  if (auto usual = scan_readings(text)) return std::move(*usual);
  std::vector<Reading> out;
  const auto body = read_object(text, errors);
  if (!errors.empty()) return out;
  unknown += count_unknown(body, {"readings"});
  const auto readings = body.find("readings");
  if (readings == body.end() || !readings->is_array() || readings->empty() || readings->size() > max_readings) {
    errors.push_back(
        {"/readings", readings == body.end() ? "missing" : "bad_value", "readings is an array of 1 to 1,000 readings"});
    return out;
  }
  constexpr std::size_t enough_errors = 20;
  for (std::size_t i = 0; i < readings->size() && errors.size() < enough_errors; ++i) {
    if (auto reading = read_reading((*readings)[i], fmt::format("/readings/{}", i), errors, unknown))
      out.push_back(std::move(*reading));
  }
  return out;
}

RefusedReading too_old(const Reading& reading, std::size_t index) {
  return {index, Refusal::bad_time, "ts is more than 7 days back or 5 minutes ahead", encode_telemetry({reading})};
}

bus::Outgoing letter_of(const Call& call, const Uuid& device_id, const RefusedReading& refused, Timestamp at) {
  const DeadLetter letter{"http",
                          device_id,
                          bus::telemetry_subject(device_id),
                          refused.code,
                          fmt::format("reading {}: {}", refused.index, refused.detail),
                          0,
                          refused.payload};
  return {bus::dead_letter_subject(letter.source), encode(letter, at), trace_headers(call.request())};
}

// -- out --------------------------------------------------------------------------------------------------------------

struct Cursor {
  Timestamp ts;
  std::string metric;
  std::int64_t seq = 0;
};

std::string encode_cursor(const Cursor& cursor) {
  return base64url(fmt::format("1|{}|{}|{}", cursor.ts.time_since_epoch().count(), cursor.seq, cursor.metric));
}

std::optional<Cursor> decode_cursor(const std::string& text) {
  const auto plain = from_base64url(text);
  if (!plain || plain->rfind("1|", 0) != 0) return std::nullopt;
  const auto seq_at = plain->find('|', 2);
  const auto metric_at = seq_at == std::string::npos ? seq_at : plain->find('|', seq_at + 1);
  if (metric_at == std::string::npos) return std::nullopt;
  Cursor cursor;
  std::int64_t ms = 0;
  const auto number = [&plain](std::size_t from, std::size_t to, std::int64_t& out) {
    const auto* end = plain->data() + to;
    const auto [stop, code] = std::from_chars(plain->data() + from, end, out);
    return code == std::errc{} && stop == end;
  };
  if (!number(2, seq_at, ms) || !number(seq_at + 1, metric_at, cursor.seq)) return std::nullopt;
  cursor.metric = plain->substr(metric_at + 1);
  constexpr std::int64_t year_10000 = 253402300800000;
  if (ms < -year_10000 || ms >= year_10000 || !is_metric_name(cursor.metric)) return std::nullopt;
  cursor.ts = Timestamp{Millis{ms}};
  return cursor;
}

struct PageQuery {
  std::vector<std::string> metrics;
  std::optional<Timestamp> from;
  std::optional<Timestamp> to;
  std::optional<Cursor> cursor;
  std::int64_t limit = default_limit;
};

// Types and bounds have been checked by the route table; a cursor is a text to it.
PageQuery read_page_query(const http::Pairs& query, Errors& errors) {
  PageQuery out;
  for (const auto& [name, value] : query) {
    if (name == "metric") {
      out.metrics.push_back(value);
    } else if (name == "from") {
      out.from = parse_rfc3339(value);
    } else if (name == "to") {
      out.to = parse_rfc3339(value);
    } else if (name == "limit") {
      std::from_chars(value.data(), value.data() + value.size(), out.limit);
    } else if (name == "cursor") {
      out.cursor = decode_cursor(value);
      if (!out.cursor)
        errors.push_back({"/query/cursor", "bad_cursor", "this is no cursor of ours; take next_cursor of a page"});
    }
  }
  return out;
}

pg::Params page_params(const Uuid& device_id, const PageQuery& page) {
  pg::Params params;
  params.add(device_id);
  if (page.metrics.empty()) {
    params.null();
  } else {
    params.add_each(page.metrics, [](const std::string& metric) { return std::string_view(metric); });
  }
  params.add(page.from).add(page.to);
  if (page.cursor) {
    params.add(page.cursor->ts).add(std::string_view(page.cursor->metric)).add(page.cursor->seq);
  } else {
    params.null().null().null();
  }
  params.add(page.limit + 1);  // one more tells whether there is a next page
  return params;
}

Json page_json(const pg::Rows& rows, std::int64_t limit) {
  Json items = Json::array();
  const auto count = std::min<std::int64_t>(rows.size(), limit);
  for (int row = 0; row < count; ++row) {
    const auto unit = rows.text_or_null(row, 4);
    const auto session = rows.uuid_or_null(row, 5);
    const auto seq = rows.int8(row, 2);
    items.push_back({{"metric", rows.text(row, 1)},
                     {"value", rows.float8(row, 3)},
                     {"ts", format_rfc3339(rows.timestamp(row, 0))},
                     {"unit", unit ? Json(*unit) : Json(nullptr)},
                     {"session_id", session ? Json(session->str()) : Json(nullptr)},
                     {"seq", seq < 0 ? Json(nullptr) : Json(seq)}});
  }
  Json next = nullptr;
  if (rows.size() > limit) {
    const int last = static_cast<int>(limit) - 1;
    next = encode_cursor({rows.timestamp(last, 0), std::string(rows.text(last, 1)), rows.int8(last, 2)});
  }
  return {{"items", std::move(items)}, {"next_cursor", std::move(next)}, {"total", nullptr}};
}

}  // namespace

void post_telemetry(Call& call) {
  const auto id = path_id(call);
  if (!id) return;
  Errors errors;
  std::size_t unknown = 0;
  auto readings = read_readings(call.request().body, errors, unknown);
  if (!errors.empty()) return call.fail(errors);
  const auto& services = call.services();
  if (unknown > 0) unknown_fields(services.metrics, "http").Increment(static_cast<double>(unknown));

  if (!is_within(call, call.services().quotas.readings, *id, call.services().quotas.readings_refused, readings.size()))
    return;

  const auto at = services.clock();
  std::vector<Reading> accepted;
  std::vector<RefusedReading> refused;
  Json shown = Json::array();
  for (std::size_t i = 0; i < readings.size(); ++i) {
    if (is_time_kept(readings[i].ts, at)) {
      accepted.push_back(std::move(readings[i]));
      continue;
    }
    refused.push_back(too_old(readings[i], i));
    shown.push_back({{"index", i}, {"code", name(Refusal::bad_time)}});
  }
  std::vector<bus::Outgoing> messages;
  for (const auto& letter : as_letters(std::move(refused))) messages.push_back(letter_of(call, *id, letter, at));
  if (!accepted.empty()) {
    messages.push_back({bus::telemetry_subject(*id), encode_telemetry(accepted), trace_headers(call.request())});
    // Counted first and then looked at: any number of requests at one time find no more room than there is.
    auto& readiness = services.readiness;
    readiness.count_stored(messages.back().subject.size(), bus::size_of(messages.back()));
    if (readiness.can_store() && !readiness.has_room()) {
      return call.fail(Errc::storage_full,
                       "readings wait for the database and fill the durable queue; try again later");
    }
  }
  const auto letters = static_cast<double>(messages.size() - (accepted.empty() ? 0 : 1));
  auto answer = fmt::format(R"({{"accepted":{},"refused":{}}})", accepted.size(), dump_json(shown));
  call.publish(messages, [&call, letters, text = std::move(answer)] {
    if (letters > 0) {
      call.services()
          .metrics.counter("epicura_dead_letters_total", "dead letters by source", {{"source", "http"}})
          .Increment(letters);
    }
    call.answer({202, "application/json", text, {}});
  });
}

void get_telemetry(Call& call) {
  const auto id = path_id(call);
  if (!id) return;
  Errors errors;
  auto page = read_page_query(call.request().query, errors);
  if (!errors.empty()) return call.fail(errors);
  if (const auto& device = call.device_of_user()) {
    const auto since = device->timestamp(0, 13);
    if (!page.from || *page.from < since) page.from = since;
    return call.query_history({{&q::telemetry_page, page_params(*id, page)}},
                              [&call, limit = page.limit](const std::vector<pg::Rows>& results) {
                                call.answer({200, "application/json", dump_json(page_json(results[0], limit)), {}});
                              });
  }
  call.query_history({{&q::get_device, pg::Params().add(*id)}, {&q::telemetry_page, page_params(*id, page)}},
                     [&call, limit = page.limit](const std::vector<pg::Rows>& results) {
                       if (results[0].size() == 0) return call.fail(Errc::not_found, "there is no such device");
                       call.answer({200, "application/json", dump_json(page_json(results[1], limit)), {}});
                     });
}

}  // namespace epicura::routes
