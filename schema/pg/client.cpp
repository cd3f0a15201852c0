#include "schema/pg/client.hpp"

#include "schema/pg/loop.hpp"

namespace epicura::pg {

Client::Client(ClientSettings settings, ClientEvents events, observe::Metrics& metrics)
    : loop_(std::make_unique<Loop>(std::move(settings), std::move(events), metrics)) {}

Client::~Client() = default;

void Client::execute(const Statement& statement, Params params, Callback done) {
  Unit unit;
  unit.statements.emplace_back(&statement, std::move(params));
  unit.done = std::move(done);
  loop_->submit(std::move(unit));
}

void Client::transaction(std::vector<std::pair<const Statement*, Params>> statements, Callback done) {
  Unit unit;
  unit.statements = std::move(statements);
  unit.done = std::move(done);
  loop_->submit(std::move(unit));
}

void Client::gather_submissions() {
  Loop::gathering = true;
}

void Client::send_gathered() {
  for (auto* loop : Loop::gathered) loop->wake_if_asleep();
  Loop::gathered.clear();
}

bool Client::connected() const {
  return loop_->connected();
}

void Client::stop() {
  loop_->stop();
}

}  // namespace epicura::pg
