#include "tests/proxy/front.hpp"

#include <fmt/format.h>

namespace epicura::proxy::test {
namespace {

constexpr std::size_t big_answer = std::size_t{1} << 20;

Pace pace_of(const std::string& id) {
  return static_cast<Pace>(id[7] - '0');
}

std::string body_for(const std::string& id) {
  const std::string line = id + "\n";
  std::string body = line;
  while (pace_of(id) == Pace::big && body.size() < big_answer) body += line;
  return body;
}

void answer(const http::Request& request, const http::Reply& reply) {
  const auto* const id = request.param("id");
  reply.answer({.content_type = "text/plain", .body = id == nullptr ? request.path : body_for(*id), .headers = {}});
}

}  // namespace

std::string id_of(Pace pace, int client, int number) {
  return fmt::format("{:08x}-{:04x}-4000-8000-{:012x}", static_cast<int>(pace), client, number);
}

Front::Front()
    : answering_([this] { answer_later(); }),
      served([this](http::Request request, const http::Reply& reply) { take(std::move(request), reply); }),
      nginx(served.port()) {}

Front::~Front() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  answering_.join();
}

void Front::take(http::Request request, const http::Reply& reply) {
  ++handed_over;
  const auto* const id = request.param("id");
  if (id != nullptr && pace_of(*id) == Pace::smuggled) ++smuggled;
  if (id == nullptr || pace_of(*id) == Pace::quick) {
    answer(request, reply);
    return;
  }
  const std::lock_guard lock(mutex_);
  const auto due = std::chrono::steady_clock::now() + std::chrono::milliseconds(2 + random_() % 19);
  waiting_.emplace(due, Waiting{std::move(request), reply});
  wake_.notify_one();
}

void Front::answer_later() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (waiting_.empty()) {
      wake_.wait(lock);
      continue;
    }
    const auto due = waiting_.begin()->first;
    if (std::chrono::steady_clock::now() < due) {
      wake_.wait_until(lock, due);
      continue;
    }
    const auto next = waiting_.extract(waiting_.begin());
    lock.unlock();
    answer(next.mapped().request, next.mapped().reply);
    lock.lock();
  }
}

bool is_for(const std::string& id, std::string_view body) {
  const std::string line = id + "\n";
  if (body.empty() || body.size() % line.size() != 0) return false;
  for (std::size_t at = 0; at < body.size(); at += line.size())
    if (body.substr(at, line.size()) != line) return false;
  return pace_of(id) == Pace::big ? body.size() >= big_answer : body.size() == line.size();
}

}  // namespace epicura::proxy::test
