#pragma once
// Writes a recorded event stream (schema/recording.hpp) into a file, or into parts of a bounded size.
//
// What is being written is called NAME.part, and gets its name only with its seal, synced: a file under its own name is
// whole. NAME.jsonl in parts is NAME.0001.jsonl, NAME.0002.jsonl, ...

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "schema/recording.hpp"

namespace epicura::bus {

// The file cannot be made, or takes no more (a full disk). what() says which, and what is kept.
struct RecordingFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct RecordingPlan {
  std::filesystem::path file;
  std::uint64_t part_bytes = 0;  // a part ends with the message that reaches this; 0: one file
  std::string source;            // "live", or the stream
  std::vector<std::string> subjects;
};

// Any thread, one at a time.
class RecordingWriter {
 public:
  // Makes the first part, readable by its owner alone: a recording holds what people cook. Existing files are never
  // written over. Throws RecordingFailed.
  RecordingWriter(RecordingPlan plan, Timestamp begun_at);
  ~RecordingWriter();  // without seal(): what is there stays a .part
  RecordingWriter(const RecordingWriter&) = delete;
  RecordingWriter& operator=(const RecordingWriter&) = delete;

  // These throw RecordingFailed; from the first time on nothing is added any more. The present part then ends with its
  // last whole line.
  void add(const RecordedMessage& message);
  void add(const RecordingGap& gap);
  void flush();    // to the operating system: a killed process loses at most what came after
  void seal();     // the end: syncs, and gives the last part its name
  void discard();  // instead: removes the part that is being written

  std::uint64_t messages() const;  // in the files; after a failure those that could be kept
  std::uint64_t gaps() const;
  std::uint64_t bytes() const;
  std::vector<std::filesystem::path> files() const;  // the parts so far; the last one may still be a .part

 private:
  std::filesystem::path path_of(std::uint32_t part) const;
  void open();
  void append(std::string_view line, bool message);
  void write_out();
  void seal_part(bool last);
  [[noreturn]] void fail(const std::string& what, int error);

  mutable std::mutex mutex_;  // guards all
  const RecordingPlan plan_;
  RecordingHead head_;
  std::filesystem::path path_;
  std::vector<std::filesystem::path> sealed_;
  int fd_ = -1;
  bool failed_ = false;
  std::string pending_;  // whole lines
  std::uint64_t pending_messages_ = 0;
  std::uint64_t part_bytes_ = 0;     // written
  std::uint64_t part_messages_ = 0;  // written and pending
  std::uint64_t part_gaps_ = 0;
  std::uint32_t crc_ = 0;  // of what is written
  std::uint64_t messages_ = 0;
  std::uint64_t gaps_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace epicura::bus
