// Dead letters, to be looked through and sent off again.

#include "actors/authorize.hpp"
#include "actors/dead_letter_replay.hpp"
#include "actors/routes/admin_jobs.hpp"
#include "actors/routes/admin_list.hpp"
#include "actors/routes/routes.hpp"
#include "actors/trace_context.hpp"
#include "bus/max_payload.hpp"
#include "bus/subjects.hpp"
#include "schema/base64.hpp"
#include "schema/json_text.hpp"
#include "schema/pg/dead_letter_queries.hpp"

namespace epicura::routes {

namespace {

namespace q = pg::queries;

constexpr std::string_view list = "dead-letters";

LetterRow letter_row(const pg::Rows& rows, int row) {
  return {rows.text(row, 2), rows.text(row, 4), rows.int8(row, 8), rows.text(row, 9)};
}

std::string letter_json(const pg::Rows& rows, int row) {
  const auto id_text = [&rows, row](int column) {
    const auto id = rows.uuid_or_null(row, column);
    return id ? std::optional(id->str()) : std::nullopt;
  };
  const auto letter = letter_row(rows, row);
  const auto replayed = rows.timestamp_or_null(row, 10);
  JsonText out(512 + letter.origin.size() + 2 * letter.payload.size());
  out.add("at", format_rfc3339(rows.timestamp(row, 1)))
      .add("code", rows.text(row, 5))
      .add("detail", rows.text(row, 6))
      .add_or_null("device_id", id_text(3))
      .add("id", rows.uuid(row, 0).str())
      .add("origin", letter.origin)
      .add("payload_b64", base64(letter.payload))
      .raw("replayable", std::holds_alternative<std::string>(replay_of(letter)) ? "false" : "true")
      .add_or_null("replayed_at", replayed ? std::optional(format_rfc3339(*replayed)) : std::nullopt)
      .add_or_null("replayed_by", id_text(11))
      .add("size", letter.size)
      .add("source", letter.source);
  rows.is_null(row, 7) ? out.raw("stream_seq", "null") : out.add("stream_seq", rows.int8(row, 7));
  return std::move(out).take();
}

struct Replayed {
  Uuid letter;
  std::optional<std::string> subject;
  std::optional<Uuid> job;
};

using Step = void (Call::*)(Call::Unit, std::function<void(const std::vector<pg::Rows>&)>,
                            std::function<void(const pg::Outcome&)>);

// Marks the letter and tells the audit log of it, in one transaction; `then` gets the answer's body. `by`: query_once,
// unless the change was made already.
void mark(Call& call, Step by, Replayed replayed, std::function<void(std::string)> then) {
  const auto& request = call.request();
  Call::Unit unit{{&q::replay_dead_letter,
                   pg::params_of(replayed.letter, person_of(call).subject, std::string_view(request.request_id),
                                 std::string_view(request.peer_address))}};
  (call.*by)(
      std::move(unit),
      [&call, replayed = std::move(replayed), then = std::move(then)](const std::vector<pg::Rows>& results) {
        const auto& rows = results[0];
        if (rows.size() == 0) return call.fail(Errc::not_found, "there is no such dead letter");
        JsonText body(256);
        body.add("id", replayed.letter.str())
            .add_or_null("job_id", replayed.job ? std::optional(replayed.job->str()) : std::nullopt)
            .add("replayed_at", format_rfc3339(rows.timestamp(0, 1)))
            .raw("replayed_before", rows.is_null(0, 0) ? "false" : "true")
            .add_or_null("subject", replayed.subject);
        then(std::move(body).take());
      },
      nullptr);
}

void replay_message(Call& call, const Uuid& letter, bus::Outgoing message) {
  message.headers = trace_headers(call.request());
  if (bus::parse_device_subject(message.subject)->kind == bus::Kind::telemetry) {
    auto& readiness = call.services().readiness;
    readiness.count_stored(message.subject.size(), bus::size_of(message));
    if (readiness.can_store() && !readiness.has_room())
      return call.fail(Errc::storage_full, "readings wait for the database; try again later");
  }
  // Told before it is done, since what is published cannot be taken back: nothing goes out without an entry. Where
  // nothing goes out after all the answer says so, and the letter can be replayed again.
  mark(call, &Call::query_once, {letter, message.subject, std::nullopt}, [&call, message](std::string body) {
    call.publish({message}, [&call, body = std::move(body)] { call.answer({202, "application/json", body, {}}); });
  });
}

void replay_job(Call& call, const Uuid& letter, const Uuid& job) {
  retry(call, job, Errc::not_replayable, [&call, letter, job](const pg::Rows&) {
    mark(call, &Call::query, {letter, std::nullopt, job}, [&call](std::string body) {
      call.answer({202, "application/json", std::move(body), {}});
    });
  });
}

}  // namespace

void list_dead_letters(Call& call) {
  const auto before = id_before(call, list);
  if (!before) return;
  const auto device = query_uuid(call, "device_id");
  const auto filter = pg::params_of(query_text(call, "source"), query_text(call, "code"), device,
                                    query_time(call, "from"), query_time(call, "to"));
  const auto limit = query_limit(call);
  auto page = filter;
  page.add(*before).add(limit + 1);
  call.query_history(
      {{device ? &q::list_dead_letters_of_device : &q::list_dead_letters, std::move(page)},
       {&q::count_dead_letters, filter},
       note_read(call, "dead_letter.listed")},
      [&call, limit](const std::vector<pg::Rows>& results) {
        const auto& rows = results[0];
        call.answer({200,
                     "application/json",
                     page_json(
                         rows, limit, list, results[1].int8(0, 0), [&rows](int row) { return letter_json(rows, row); },
                         [&rows](int row) { return rows.uuid(row, 0).str(); }),
                     {}});
      });
}

void replay_dead_letter(Call& call) {
  static constexpr std::string_view absent = "there is no such dead letter";
  const auto id = path_id(call, absent);
  if (!id) return;
  call.query({{&q::get_dead_letter, pg::Params().add(*id)}}, [&call, id = *id](const std::vector<pg::Rows>& results) {
    if (results[0].size() == 0) return call.fail(Errc::not_found, std::string(absent));
    auto replay = replay_of(letter_row(results[0], 0));
    if (auto* why_not = std::get_if<std::string>(&replay)) return call.fail(Errc::not_replayable, std::move(*why_not));
    if (const auto* job = std::get_if<JobCall>(&replay)) return replay_job(call, id, job->id);
    replay_message(call, id, std::get<bus::Outgoing>(std::move(replay)));
  });
}

}  // namespace epicura::routes
