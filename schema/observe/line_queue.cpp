#include "schema/observe/line_queue.hpp"

#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <utility>

namespace epicura::log {

namespace {

constexpr auto gather = std::chrono::milliseconds{5};

}  // namespace

LineQueue::LineQueue(int descriptor, std::size_t most_chunks)
    : descriptor_(descriptor), most_chunks_(most_chunks), thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "log");
}

LineQueue::~LineQueue() {
  end();
}

void LineQueue::end() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void LineQueue::put(std::string_view line) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (ending_) return write_out(line);
    if (chunks_.empty() || chunks_.back().text.size() + line.size() > chunk_bytes) {
      if (chunks_.size() == most_chunks_) {
        dropped_ += chunks_.front().lines;
        chunks_.pop_front();
      }
      chunks_.emplace_back().text = std::move(spare_);
      chunks_.back().text.reserve(chunk_bytes);
    }
    chunks_.back().text += line;
    ++chunks_.back().lines;
    wake = std::exchange(waiting_, false);
  }
  if (wake) changed_.notify_one();
}

std::uint64_t LineQueue::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void LineQueue::run() {
  std::unique_lock lock(mutex_);
  while (!chunks_.empty() || !ending_) {
    waiting_ = chunks_.empty();
    changed_.wait(lock, [this] { return !chunks_.empty() || ending_; });
    waiting_ = false;
    // For half a chunk at the most that a busy program has by then: one write for hundreds of lines.
    if (chunks_.size() == 1) changed_.wait_for(lock, gather, [this] { return ending_; });
    if (chunks_.empty()) continue;
    auto chunk = std::move(chunks_.front());
    chunks_.pop_front();
    lock.unlock();
    write_out(chunk.text);
    chunk.text.clear();
    lock.lock();
    spare_ = std::move(chunk.text);
  }
}

void LineQueue::write_out(std::string_view text) const {
  while (!text.empty()) {
    const auto written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody is left to tell
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace epicura::log
