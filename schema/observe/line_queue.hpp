#pragma once
// Lines on their way to a descriptor: put in by any thread, written by a thread of its own, many with one call.
// spdlog's own queue wakes its writer for each line and writes each by itself, which at one line a request costs as
// much as the request; here the writer is woken once, waits a moment for others, and takes all.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace epicura::log {

class LineQueue {
 public:
  static constexpr std::size_t chunk_bytes = std::size_t{64} << 10;

  // More than `most_chunks` of lines that wait: the oldest chunk is dropped.
  explicit LineQueue(int descriptor, std::size_t most_chunks = 64);
  ~LineQueue();
  LineQueue(const LineQueue&) = delete;
  LineQueue& operator=(const LineQueue&) = delete;

  void put(std::string_view line);  // with its newline; does not wait for the descriptor
  void end();                       // writes what is there and joins; lines that come later are written at once
  std::uint64_t dropped() const;    // lines

 private:
  struct Chunk {
    std::string text;
    std::uint64_t lines = 0;
  };
  void run();
  void write_out(std::string_view text) const;

  const int descriptor_;
  const std::size_t most_chunks_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Chunk> chunks_;
  std::string spare_;  // a written chunk's memory
  std::uint64_t dropped_ = 0;
  bool waiting_ = false;  // the writer: to be woken by the next line
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace epicura::log
