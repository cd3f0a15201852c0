#include "http/reply.hpp"

#include "http/problem.hpp"

namespace epicura::http {

thread_local Exchange::Call* Exchange::call = nullptr;

Exchange::Exchange(AnswerForm form, ConnectionId connection, std::uint64_t request, std::shared_ptr<Mailbox> mailbox,
                   std::shared_ptr<HttpMetrics> metrics)
    : form_(std::move(form)),
      connection_(connection),
      request_(request),
      mailbox_(std::move(mailbox)),
      metrics_(std::move(metrics)) {}

Exchange::~Exchange() {
  if (answered_.exchange(true)) return;
  metrics_->late_unanswered.Increment();
  try {
    send(problem({Errc::internal, {}}, form_.request_id));
  } catch (...) {  // out of memory: the client sees its own time-out
  }
}

void Exchange::answer(Response response) {
  if (answered_.exchange(true)) {
    metrics_->late_again.Increment();
    return;
  }
  send(std::move(response));
}

void Exchange::client_left() {
  client_gone_.store(true, std::memory_order_relaxed);
  if (const auto tell = std::exchange(gone_, nullptr)) tell();
}

void Exchange::send(Response response) {
  Outgoing outgoing = serialize(form_, std::move(response));
  if (call != nullptr && call->request == request_ && call->connection == connection_ &&
      call->mailbox == mailbox_.get()) {
    call->outgoing = std::move(outgoing);
  } else if (!mailbox_->post(Answered{connection_, request_, std::move(outgoing)})) {
    metrics_->late_gone.Increment();
  }
}

void Reply::answer(Response response) const {
  if (exchange_) exchange_->answer(std::move(response));
}

bool Reply::client_gone() const {
  return !exchange_ || exchange_->client_gone();
}

}  // namespace epicura::http
