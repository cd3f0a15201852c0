#pragma once
// The handle by which a request is answered.

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include "http/answer.hpp"
#include "http/http_metrics.hpp"
#include "http/mailbox.hpp"
#include "http/message.hpp"

namespace epicura::http {

// One request that waits for its answer. When the last handle lets go of it unanswered, it answers 500 itself.
class Exchange {
 public:
  Exchange(AnswerForm form, ConnectionId connection, std::uint64_t request, std::shared_ptr<Mailbox> mailbox,
           std::shared_ptr<HttpMetrics> metrics);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  void answer(Response response);
  void let_go() { answered_ = true; }
  const std::shared_ptr<Mailbox>& worker() const { return mailbox_; }
  void on_gone(std::function<void()> tell) { gone_ = std::move(tell); }
  void client_left();  // the worker
  bool client_gone() const { return client_gone_.load(std::memory_order_relaxed); }

  // While a worker calls the handler, an answer given in that call is left here and needs no way through the mailbox.
  struct Call {
    std::uint64_t request = 0;
    ConnectionId connection = 0;
    const Mailbox* mailbox = nullptr;
    std::optional<Outgoing> outgoing;
  };
  static thread_local Call* call;

 private:
  void send(Response response);

  AnswerForm form_;
  ConnectionId connection_;
  std::uint64_t request_;
  std::shared_ptr<Mailbox> mailbox_;
  std::shared_ptr<HttpMetrics> metrics_;
  std::atomic<bool> answered_{false};
  std::atomic<bool> client_gone_{false};
  std::function<void()> gone_;  // the worker's alone
};

// Copies stand for the same request. Any thread, also after the server has stopped.
class Reply {
 public:
  Reply() = default;
  explicit Reply(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}

  // The first call answers; later ones are ignored and counted.
  void answer(Response response) const;
  // The connection has been reset, or closed by a trusted proxy: nobody will read the answer. (A client that has only
  // closed its sending side still may, and whether it has closed the other too does not show.)
  bool client_gone() const;
  // Says when that happens, on the worker's thread; it must not block. To be set before the handler's call ends.
  void on_gone(std::function<void()> tell) const { exchange_->on_gone(std::move(tell)); }
  // Nobody is to be answered any more, for the client has gone.
  void let_go() const { exchange_->let_go(); }
  // Of the worker that owns the connection.
  const std::shared_ptr<Mailbox>& worker() const { return exchange_->worker(); }

 private:
  std::shared_ptr<Exchange> exchange_;
};

}  // namespace epicura::http
