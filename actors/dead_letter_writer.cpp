#include "actors/dead_letter_writer.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "schema/observe/log.hpp"
#include "schema/pg/dead_letter_queries.hpp"

namespace epicura {

namespace {

using Self = dead_letter_writer_actor::stateful_pointer<LetterWriterState>;

class PgLetterTable final : public LetterTable {
 public:
  explicit PgLetterTable(pg::Client& client) : client_(client) {}

  void keep(const LetterBatch& batch, pg::Callback done) override {
    const auto text = [](std::string KeptLetter::*field) {
      return [field](const DeliveredLetter& one) { return std::string_view((*one.letter).*field); };
    };
    pg::Params params;
    params.add_each(batch, [](const DeliveredLetter& one) { return one.letter->id; });
    params.add_each(batch, [](const DeliveredLetter& one) { return one.letter->at; });
    params.add_each(batch, text(&KeptLetter::source));
    params.add_each(batch, [](const DeliveredLetter& one) { return one.letter->device_id; });
    params.add_each(batch, text(&KeptLetter::origin));
    params.add_each(batch, text(&KeptLetter::code));
    params.add_each(batch, text(&KeptLetter::detail));
    params.add_each(batch, [](const DeliveredLetter& one) { return one.letter->stream_seq; });
    params.add_each(batch, [](const DeliveredLetter& one) { return one.letter->size; });
    params.add_each(batch, text(&KeptLetter::payload_b64));
    client_.execute(pg::queries::keep_dead_letters, std::move(params), std::move(done));
  }

 private:
  pg::Client& client_;
};

std::vector<std::string> ack_subjects(LetterBatch batch) {
  std::vector<std::string> out;
  out.reserve(batch.size());
  for (auto& one : batch) out.push_back(std::move(one.ack_subject));
  return out;
}

void write_next(Self self) {
  auto& state = self->state;
  if (state.writing) return;
  if (!state.parts.empty()) {
    state.writing = std::move(state.parts.front());
    state.parts.pop_front();
  } else if (!state.gathering.empty()) {
    state.writing = std::exchange(state.gathering, {});
  } else {
    return;
  }
  state.config.table->keep(*state.writing, [owner = dead_letter_writer_actor(self)](pg::Outcome outcome) {
    caf::anon_send(owner, QueryDone{0, std::move(outcome)});
  });
}

void take_in(Self self) {
  auto& state = self->state;
  LetterBatch junk;
  for (auto& one : state.config.inbox->take()) {
    (one.letter ? state.gathering : junk).push_back(std::move(one));
  }
  if (junk.empty()) return;
  state.unreadable->Increment(static_cast<double>(junk.size()));
  state.config.acknowledge(ack_subjects(std::move(junk)));
}

void single_out(Self self, LetterBatch batch, const pg::Outcome& outcome) {
  auto& state = self->state;
  if (batch.size() > 1) {
    const auto middle = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
    state.parts.emplace_front(std::make_move_iterator(middle), std::make_move_iterator(batch.end()));
    batch.erase(middle, batch.end());
    state.parts.push_front(std::move(batch));
    return;
  }
  log::warning("dead_letters", "PostgreSQL refuses letter {}: {} ({})", batch.front().letter->id.str(), outcome.message,
               outcome.sqlstate);
  state.unreadable->Increment();
  state.config.acknowledge(ack_subjects(std::move(batch)));
}

void written(Self self, const pg::Outcome& outcome) {
  auto& state = self->state;
  auto batch = *std::exchange(state.writing, std::nullopt);
  if (pg::is_data_fault(outcome)) return single_out(self, std::move(batch), outcome);
  const auto letters = static_cast<double>(batch.size());
  if (outcome.ok()) {
    state.kept->Increment(letters);
    return state.config.acknowledge(ack_subjects(std::move(batch)));
  }
  state.failures->Increment(letters);
  if (outcome.failure != pg::Failure::away) {
    log::warning("dead_letters", "{} letters are not written and will come again: {} {}", batch.size(), outcome.message,
                 outcome.sqlstate);
  }
}

}  // namespace

std::shared_ptr<LetterTable> make_letter_table(pg::Client& client) {
  return std::make_shared<PgLetterTable>(client);
}

dead_letter_writer_actor::behavior_type dead_letter_writer(Self self, LetterWriterConfig config) {
  auto& state = self->state;
  auto& metrics = *config.metrics;
  state.kept = &metrics.counter("epicura_dead_letters_kept_total", "dead letters written into their table");
  state.unreadable =
      &metrics.counter("epicura_dead_letters_unreadable_total", "messages of stream DEAD_LETTER that are none of ours");
  state.failures = &metrics.counter("epicura_dead_letters_failures_total",
                                    "dead letters that could not be written and will come again");
  state.config = std::move(config);
  return {
      [self](arrived_atom) {
        take_in(self);
        write_next(self);
      },
      [self](const QueryDone& done) {
        written(self, done.outcome);
        write_next(self);
      },
  };
}

}  // namespace epicura
