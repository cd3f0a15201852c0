#include "http/connection.hpp"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "schema/observe/log.hpp"

namespace epicura::http {

namespace {

// A connection's share of a round, before others get theirs: so many requests or reads; and when the round has lasted
// so long, no more than what one request takes.
constexpr int turns_a_round = 16;
constexpr int turns_of_a_request = 3;  // to read it, to answer it, to find that there is no more
constexpr auto long_round = std::chrono::milliseconds(1);
constexpr auto linger_deadline = std::chrono::seconds(2);
constexpr std::size_t most_discarded = std::size_t{16} << 20;  // bytes that are read over so that a refusal is read

}  // namespace

Connection::Connection(ConnectionId id, Accepted accepted, WorkerContext& context)
    : id_(id),
      fd_(accepted.fd),
      place_(std::move(accepted.place)),
      context_(context),
      reader_(context.core.rules, accepted.address),
      held_input_(context.core.input, place_.input()),
      held_output_(context.core.output),
      deadline_(context.now + context.core.settings.idle_deadline) {}

Connection::~Connection() {
  if (const auto exchange = exchange_.lock()) exchange->client_left();
  ::close(fd_);
}

bool Connection::ready(const Readiness& what) {
  if (what.hung_up) return false;
  readable_ = readable_ || what.readable || what.ended;
  ended_ = ended_ || what.ended;
  if (phase_ == Phase::handling) return !(ended_ && proxy_left());
  if (phase_ == Phase::writing && what.writable && !flush()) return false;
  return queued_ || advance();
}

// A client that has ended its side may still read, `nc -N` for one: it gets its answer, and that it has gone is known
// when that is written. A proxy never ends one side only: it closes the connection when its own client has gone away,
// and nobody will read what it is sent. So there the request ends too.
bool Connection::proxy_left() const {
  if (!reader_.came_by_proxy() || reader_.midway()) return false;
  char next = 0;
  return ::recv(fd_, &next, sizeof next, MSG_PEEK | MSG_DONTWAIT) == 0;
}

bool Connection::go_on() {
  queued_ = false;
  return advance();
}

bool Connection::advance() {
  waiting_ = false;
  for (int turns = 0; phase_ == Phase::reading && !waiting_; ++turns) {
    if (turns == turns_a_round ||
        (turns >= turns_of_a_request && std::chrono::steady_clock::now() - context_.now > long_round))
      return give_way();
    if (!take_turn()) return false;
  }
  return phase_ != Phase::lingering || discard();
}

// Once, however often: who is in the list several times would get several shares.
bool Connection::give_way() {
  if (!queued_) context_.unfinished.push_back(id_);
  queued_ = true;
  return true;
}

bool Connection::take_turn() {
  auto outcome = reader_.next(context_.parser);
  if (auto* incoming = std::get_if<Incoming>(&outcome)) return hand_over(std::move(*incoming));
  if (auto* refusal = std::get_if<Refusal>(&outcome)) return refuse(std::move(*refusal));
  // A few bytes on a connection that has nothing else to write: they fit, or the client is not worth waiting for.
  constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  if (std::get<NeedsMore>(outcome).send_continue &&
      ::send(fd_, go_on.data(), go_on.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(go_on.size()))
    return false;
  switch (receive()) {
    case Received::bytes:
      return true;
    case Received::nothing:
      return wait_for_input();
    case Received::end:
      break;
  }
  return false;
}

bool Connection::wait_for_input() {
  waiting_ = true;
  if (!reader_.midway()) {
    timing_request_ = false;
    held_input_.resize(0);
    deadline_ = context_.now + context_.core.settings.idle_deadline;
    return !context_.core.draining;
  }
  if (!timing_request_) deadline_ = context_.now + context_.core.settings.read_deadline;
  timing_request_ = true;
  if (held_input_.resize(reader_.buffered())) return true;
  return refuse(reader_.give_up({Errc::overloaded, "input_full", "too many requests are coming in slowly; try again"}));
}

Connection::Received Connection::receive() {
  if (!readable_) return Received::nothing;
  auto& buffer = context_.received;
  const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (count > 0) {
    // A short read has emptied the socket: what comes later comes with an edge of its own. The end does not.
    if (static_cast<std::size_t>(count) < buffer.size() && !ended_) readable_ = false;
    reader_.append({buffer.data(), static_cast<std::size_t>(count)});
    return Received::bytes;
  }
  if (count < 0 && errno == EINTR) return receive();
  if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) return Received::end;
  readable_ = false;
  return Received::nothing;
}

bool Connection::refuse(Refusal&& refusal) {
  if (!refusal.reason.empty()) context_.core.metrics->refused(refusal.reason);
  input_refused_ = refusal.form.close;
  const auto took = std::chrono::steady_clock::now() - refusal.form.received;
  log::access({.request_id = refusal.form.request_id,
               .client_request_id = refusal.form.client_request_id,
               .method = refusal.form.method,
               .route = refusal.form.route != nullptr ? refusal.form.route->name : "unknown",
               .status = refusal.response.status,
               .duration = std::chrono::duration_cast<std::chrono::microseconds>(took),
               .peer = reader_.client_address()});
  return write(serialize(refusal.form, std::move(refusal.response)));
}

bool Connection::hand_over(Incoming&& incoming) {
  phase_ = Phase::handling;
  timing_request_ = false;
  deadline_ = TimePoint::max();
  incoming.form.close = incoming.form.close || context_.core.draining;
  auto exchange =
      std::make_shared<Exchange>(std::move(incoming.form), id_, ++request_, context_.mailbox, context_.core.metrics);
  exchange_ = exchange;

  Exchange::Call call{request_, id_, context_.mailbox.get(), {}};
  Exchange::call = &call;
  try {
    context_.core.on_request(std::move(incoming.request), Reply(std::move(exchange)));
  } catch (const std::exception& error) {  // its Reply has died with it, and said 500
    context_.core.metrics->refused("exception");
    log::error("http", "a handler threw: {}", error.what());
  } catch (...) {
    context_.core.metrics->refused("exception");
    log::error("http", "a handler threw something");
  }
  Exchange::call = nullptr;
  if (call.outgoing) return write(std::move(*call.outgoing));
  return !(ended_ && proxy_left());
}

bool Connection::answer(Answered answered) {
  if (phase_ != Phase::handling || answered.request != request_) {
    context_.core.metrics->late_gone.Increment();
    return true;
  }
  return write(std::move(answered.outgoing)) && advance();
}

bool Connection::write(Outgoing outgoing) {
  context_.core.metrics->answered(outgoing.route, outgoing.status, std::chrono::steady_clock::now() - outgoing.received,
                                  outgoing.head.size() + outgoing.rest().size());
  phase_ = Phase::writing;
  timing_request_ = false;
  held_input_.resize(0);
  deadline_ = context_.now + context_.core.settings.write_deadline;
  unsent_ = std::move(outgoing);
  sent_ = 0;
  return flush();
}

bool Connection::flush() {
  const std::string_view rest = unsent_.rest();
  const std::size_t total = unsent_.head.size() + rest.size();
  while (sent_ < total) {
    iovec parts[2];
    std::size_t count = 0;
    if (sent_ < unsent_.head.size()) parts[count++] = {unsent_.head.data() + sent_, unsent_.head.size() - sent_};
    const std::size_t body_sent = sent_ > unsent_.head.size() ? sent_ - unsent_.head.size() : 0;
    if (!rest.empty())
      parts[count++] = {const_cast<char*>(rest.data()) + body_sent, rest.size() - body_sent};  // NOLINT
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (sent >= 0) {
      sent_ += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return hold_unsent();  // the rest when the socket says that it is writable again
    } else if (errno != EINTR) {
      return false;
    }
  }
  const bool close = unsent_.close;
  unsent_ = {};
  held_output_.resize(0);
  phase_ = Phase::reading;
  if (!close) return true;
  if (!input_refused_ && !readable_ && !reader_.midway()) return false;
  linger();
  return true;
}

// An answer that has been begun cannot be taken back: what all slow readers hold together ends where it would be more.
bool Connection::hold_unsent() {
  if (held_output_.resize(unsent_.head.capacity() + unsent_.body.capacity()) && held_input_.resize(reader_.buffered()))
    return true;
  context_.core.metrics->refused("output_full");
  return false;
}

// Closing a socket with unread bytes in it resets the connection, and the client may never see the answer. So our side
// is closed first, and what the client still sends is read over for a while.
void Connection::linger() {
  phase_ = Phase::lingering;
  deadline_ = context_.now + linger_deadline;
  readable_ = true;
  ::shutdown(fd_, SHUT_WR);
}

bool Connection::discard() {
  for (int turns = 0; turns < turns_a_round; ++turns) {
    const ssize_t count = ::recv(fd_, context_.received.data(), context_.received.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    discarded_ += static_cast<std::size_t>(count);
    if (discarded_ > most_discarded) return false;
  }
  return give_way();
}

bool Connection::within_deadline() {
  if (context_.now < deadline_) return true;
  if (phase_ == Phase::reading && timing_request_)
    return refuse(reader_.give_up({Errc::request_timeout, "slow_sender", "the request did not come whole in time"})) &&
           advance();
  if (phase_ == Phase::reading && !timing_request_) context_.core.metrics->refused("idle");
  if (phase_ == Phase::writing) context_.core.metrics->refused("slow_reader");
  return false;
}

bool Connection::drain() {
  if (phase_ == Phase::writing) unsent_.close = true;
  return phase_ != Phase::reading || advance();
}

}  // namespace epicura::http
