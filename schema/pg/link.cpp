#include "schema/pg/link.hpp"

#include <libpq-fe.h>
#include <sys/epoll.h>

#include <algorithm>
#include <random>

#include "schema/observe/log.hpp"

namespace epicura::pg {

namespace {

void log_notice(void*, const char* message) {
  log::debug("pg", "notice: {}", message);
}

}  // namespace

Millis Backoff::next() {
  static thread_local std::minstd_rand random{std::random_device{}()};
  const auto whole = std::min<Millis::rep>(2000, Millis::rep{50} << doubled_);
  if (whole < 2000) ++doubled_;
  return Millis{std::uniform_int_distribution<Millis::rep>{whole / 2, whole}(random)};
}

std::string last_error(pg_conn* conn) {
  std::string text = conn == nullptr ? "out of memory" : PQerrorMessage(conn);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

void Link::start() {
  drop();
  conn_ = conninfo_.start();
  if (conn_ == nullptr || PQstatus(conn_) == CONNECTION_BAD) {
    fail();
    return;
  }
  PQsetNoticeProcessor(conn_, log_notice, nullptr);
  state_ = State::connecting;
  wanted_ = EPOLLOUT;
}

void Link::advance() {
  switch (PQconnectPoll(conn_)) {
    case PGRES_POLLING_READING:
      wanted_ = EPOLLIN;
      return;
    case PGRES_POLLING_WRITING:
      wanted_ = EPOLLOUT;
      return;
    case PGRES_POLLING_OK:
      if (PQsetnonblocking(conn_, 1) != 0 || PQenterPipelineMode(conn_) == 0) {
        fail();
      } else {
        state_ = State::up;
      }
      return;
    default:
      fail();
  }
}

void Link::fail() {
  error_ = last_error(conn_);
  drop();
}

void Link::give_up(std::string why) {
  error_ = std::move(why);
  drop();
}

void Link::drop() {
  PQfinish(conn_);
  conn_ = nullptr;
  state_ = State::away;
}

int Link::descriptor() const {
  return conn_ == nullptr ? -1 : PQsocket(conn_);
}

}  // namespace epicura::pg
