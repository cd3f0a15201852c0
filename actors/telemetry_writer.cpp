#include "actors/telemetry_writer.hpp"

#include <algorithm>
#include <map>

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "schema/bounded_json.hpp"
#include "schema/observe/log.hpp"

namespace epicura {

namespace {

using Self = writer_actor::stateful_pointer<WriterState>;
using std::chrono::milliseconds;

// Two: while one batch commits, the next is on its way; more only makes PostgreSQL's queue longer.
constexpr std::size_t max_under_way = 2;
constexpr auto first_pause = milliseconds{100};
constexpr auto longest_pause = milliseconds{2000};
constexpr auto last_seen_step = std::chrono::seconds{10};
constexpr std::size_t max_last_seen = 500'000;
// A batch that is refused for a duplicate costs PostgreSQL its work twice: at most one of 65 does.
constexpr std::size_t careful_after_duplicate = 64;

void flush(Self self);

// Who has readings here and was last noted 10 s ago or more.
LastSeen last_seen_of(const WriterState& state, const std::vector<ReadingRow>& rows) {
  std::map<Uuid, Timestamp> seen;
  const TelemetryMessage* last = nullptr;
  for (const auto& row : rows) {
    if (row.message == last) continue;
    last = row.message;
    const auto noted = state.last_seen.find(last->device_id);
    if (noted != state.last_seen.end() && last->stored_at < noted->second + last_seen_step) continue;
    auto& newest = seen[last->device_id];
    newest = std::max(newest, last->stored_at);
  }
  return {seen.begin(), seen.end()};
}

void send_unit(Self self, WriteUnit unit) {
  auto& state = self->state;
  unit.seen = last_seen_of(state, unit.rows);
  if (state.careful_units > 0) {
    --state.careful_units;
    unit.duplicates = Duplicates::expected;
  }
  const auto tag = state.next_tag++;
  const auto& sent = state.under_way.emplace(tag, std::move(unit)).first->second;
  state.config.table->insert(sent.rows, sent.seen, sent.duplicates,
                             [owner = writer_actor(self), tag](pg::Outcome outcome) {
                               caf::anon_send(owner, QueryDone{tag, std::move(outcome)});
                             });
}

void seal(WriterState& state) {
  if (state.filling.rows.empty()) return;
  // Neighbours in the table's key, a day's partition after the other. What has the same time stays in the stream's
  // order: of two values under one key the first one stays.
  std::sort(state.filling.rows.begin(), state.filling.rows.end(), [](const ReadingRow& a, const ReadingRow& b) {
    const auto day = [](const ReadingRow& row) { return std::chrono::floor<std::chrono::days>(row.reading->ts); };
    if (day(a) != day(b)) return day(a) < day(b);
    if (a.message->device_id != b.message->device_id) return a.message->device_id < b.message->device_id;
    if (a.reading->ts != b.reading->ts) return a.reading->ts < b.reading->ts;
    if (a.message != b.message) return a.message->stream_seq < b.message->stream_seq;
    return a.reading < b.reading;
  });
  state.ready.push_back(std::exchange(state.filling, {}));
  state.due = false;
  ++state.fill_generation;
}

// A batch goes on filling past its linger while two others are under way: the slower PostgreSQL, the larger the batch.
void flush(Self self) {
  auto& state = self->state;
  while (!state.pausing && state.under_way.size() < max_under_way) {
    if (state.ready.empty() && state.due) seal(state);
    if (state.ready.empty()) return;
    auto unit = std::move(state.ready.front());
    state.ready.pop_front();
    send_unit(self, std::move(unit));
  }
}

void take_in(Self self, const TelemetryBatch& batch) {
  auto& state = self->state;
  state.owner = caf::actor_cast<row_owner_actor>(self->current_sender());
  for (const auto& message : *batch.messages) {
    for (const auto& reading : message.readings) {
      if (state.filling.rows.size() >= state.config.batch_rows) seal(state);
      if (state.filling.owners.empty() || state.filling.owners.back() != batch.messages) {
        state.filling.owners.push_back(batch.messages);
      }
      state.filling.rows.push_back({&message, &reading});
    }
  }
  if (state.filling.rows.size() >= state.config.batch_rows || state.config.linger.count() == 0) {
    state.due = true;
  } else if (!state.filling.rows.empty() && state.lingering != state.fill_generation) {
    state.lingering = state.fill_generation;
    self->delayed_send(self, state.config.linger, linger_atom_v, state.fill_generation);
  }
  flush(self);
}

void committed(Self self, const WriteUnit& unit, const pg::Outcome& outcome) {
  auto& state = self->state;
  state.pause = milliseconds{0};
  if (state.last_seen.size() > max_last_seen) state.last_seen.clear();  // they are written once more
  for (const auto& [device, seen] : unit.seen) state.last_seen[device] = seen;

  const auto fresh = outcome.results.front().affected();
  const auto stood_already = static_cast<std::int64_t>(unit.rows.size()) - fresh;
  state.written->Increment(static_cast<double>(fresh));
  state.batches->Increment();
  if (stood_already > 0) {
    state.duplicates->Increment(static_cast<double>(stood_already));
    state.config.table->count_conflicts(unit.rows, [conflicts = state.conflicts](std::int64_t count) {
      if (count > 0) conflicts->Increment(static_cast<double>(count));
    });
  }
  std::vector<std::uint64_t> stream_seqs;
  stream_seqs.reserve(unit.rows.size());
  for (const auto& row : unit.rows) stream_seqs.push_back(row.message->stream_seq);
  self->send(state.owner, RowsWritten{std::make_shared<const std::vector<std::uint64_t>>(std::move(stream_seqs))});
}

void halve(WriterState& state, const WriteUnit& unit) {
  const auto middle = unit.rows.begin() + static_cast<std::ptrdiff_t>(unit.rows.size() / 2);
  state.ready.push_front({{middle, unit.rows.end()}, unit.owners, {}, unit.duplicates});
  state.ready.push_front({{unit.rows.begin(), middle}, unit.owners, {}, unit.duplicates});
}

void bear_duplicates(WriterState& state, WriteUnit unit) {
  state.met_duplicates->Increment();
  state.careful_units = careful_after_duplicate;
  unit.duplicates = Duplicates::expected;
  state.ready.push_front(std::move(unit));
}

// The fault is one row's own: halves find it in log2(n) steps, and the rows around it are written.
void bisect(Self self, WriteUnit unit, const pg::Outcome& outcome) {
  auto& state = self->state;
  if (unit.rows.size() > 1) return halve(state, unit);
  const auto& [message, reading] = unit.rows.front();
  state.refused->Increment();
  log::warning("writer", "PostgreSQL refuses a reading of device {}: {} ({})", message->device_id.str(),
               outcome.message, outcome.sqlstate);
  const Json shown{{"metric", reading->metric},
                   {"value", reading->value},
                   {"ts", format_rfc3339(reading->ts)},
                   {"seq", reading->seq}};
  self->send(state.owner, RowRefused{message->stream_seq,
                                     message->device_id,
                                     message->origin,
                                     {0, Refusal::row_refused, "sqlstate " + outcome.sqlstate, dump_json(shown)}});
}

bool is_rows_own_fault(const WriterState& state, const pg::Outcome& outcome) {
  return pg::is_data_fault(outcome) || (pg::is_missing_partition(outcome) && state.config.partitions_ready());
}

void try_again_later(Self self, WriteUnit unit, const pg::Outcome& outcome) {
  auto& state = self->state;
  state.failures->Increment();
  // What was too slow as a whole may pass in halves.
  const bool too_slow = outcome.failure == pg::Failure::timeout || outcome.sqlstate == "57014";
  if (too_slow && unit.rows.size() > 1) {
    halve(state, unit);
  } else {
    state.ready.push_front(std::move(unit));
  }
  if (state.pausing) return;
  if (state.pause.count() == 0) log::warning("writer", "rows wait: {} {}", outcome.message, outcome.sqlstate);
  state.pausing = true;
  state.pause = std::clamp(state.pause * 2, first_pause, longest_pause);
  self->delayed_send(self, state.pause, retry_atom_v);
}

}  // namespace

writer_actor::behavior_type telemetry_writer(Self self, WriterConfig config) {
  auto& state = self->state;
  auto& metrics = *config.metrics;
  state.written = &metrics.counter("epicura_rows_written_total", "readings committed");
  state.duplicates = &metrics.counter("epicura_rows_duplicate_total", "readings that were in the table already");
  state.conflicts =
      &metrics.counter("epicura_rows_conflict_total", "duplicates with another value; the first one stays");
  state.refused = &metrics.counter("epicura_rows_refused_total", "readings that PostgreSQL refuses by themselves");
  state.batches = &metrics.counter("epicura_write_batches_total", "transactions of the writer that were committed");
  state.met_duplicates = &metrics.counter("epicura_write_duplicate_batches_total",
                                          "transactions that were undone for a duplicate, and made again to bear it");
  state.failures =
      &metrics.counter("epicura_write_failures_total", "transactions of the writer that will be tried again");
  state.config = std::move(config);

  return {
      [self](const TelemetryBatch& batch) { take_in(self, batch); },
      [self](const QueryDone& done) {
        auto& writer = self->state;
        auto node = writer.under_way.extract(done.tag);
        if (node.empty()) return;
        auto unit = std::move(node.mapped());
        if (done.outcome.ok()) {
          committed(self, unit, done.outcome);
        } else if (pg::is_duplicate(done.outcome) && unit.duplicates == Duplicates::unexpected) {
          bear_duplicates(writer, std::move(unit));
        } else if (is_rows_own_fault(writer, done.outcome)) {
          bisect(self, std::move(unit), done.outcome);
        } else {
          try_again_later(self, std::move(unit), done.outcome);
        }
        flush(self);
      },
      [self](linger_atom, std::uint64_t generation) {
        if (generation != self->state.fill_generation) return;
        self->state.due = true;
        flush(self);
      },
      [self](retry_atom) {
        self->state.pausing = false;
        flush(self);
      },
  };
}

}  // namespace epicura
