#pragma once
// Reads a recorded event stream back, message by message, in constant memory, and finds whatever is wrong with it:
// gzip'ed files are read as they are; those that are cut off, damaged or something else are refused with a sentence.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "schema/recording.hpp"

struct gzFile_s;  // zlib's

namespace epicura::bus {

// what(): the file, the line and why.
struct RecordingUnreadable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class RecordingReader {
 public:
  // The parts of one recording, in their order. `unsealed`: a part without its seal is taken as far as it goes.
  explicit RecordingReader(std::vector<std::filesystem::path> parts, bool unsealed = false);
  ~RecordingReader();
  RecordingReader(const RecordingReader&) = delete;
  RecordingReader& operator=(const RecordingReader&) = delete;

  // The next message, into `message` (its memory is used again). False: the end, and every part was whole, or
  // `unsealed`. Throws RecordingUnreadable.
  bool next(RecordedMessage& message);

  std::uint64_t messages() const { return messages_; }             // so far
  const std::vector<RecordingGap>& gaps() const { return gaps_; }  // so far, at most the first 100
  std::uint64_t gap_count() const { return gap_count_; }
  std::uint64_t cut_lines() const { return cut_lines_; }  // of unsealed parts, left out
  bool complete() const { return complete_; }             // the last part says that it is the last
  std::string where() const;                              // "FILE, line N" of the latest message

 private:
  void open();
  bool read_line(std::string_view& line);  // false: the file's end
  void take_head(const RecordingHead& head);
  void take_seal(const RecordingSeal& seal, std::uint32_t crc_before);
  void end_of_part();
  [[noreturn]] void refuse(const std::string& why) const;

  const std::vector<std::filesystem::path> parts_;
  const bool unsealed_;
  std::size_t part_ = 0;  // index of the present one, or of the next while none is open
  gzFile_s* file_ = nullptr;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // of what is read and not taken, in buffer_
  bool broken_line_ = false;         // the latest line had no line break
  bool file_ended_ = false;
  std::uint64_t line_ = 0;
  std::uint64_t part_messages_ = 0;
  std::uint64_t part_gaps_ = 0;
  std::uint32_t crc_ = 0;
  std::string id_;
  std::uint32_t first_part_ = 0;  // its number, of the first file
  std::uint64_t messages_ = 0;
  std::uint64_t gap_count_ = 0;
  std::uint64_t cut_lines_ = 0;
  bool complete_ = false;
  std::vector<RecordingGap> gaps_;
};

}  // namespace epicura::bus
