#include "bus/recording/reader.hpp"

#include <zlib.h>

#include <cerrno>
#include <cstring>

namespace epicura::bus {
namespace {

constexpr std::size_t first_buffer_bytes = std::size_t{256} * 1024;
constexpr std::size_t longest_line_bytes = 8 << 20;  // 2 MiB of payload as base64, and headers
constexpr std::size_t most_gaps_kept = 100;

}  // namespace

RecordingReader::RecordingReader(std::vector<std::filesystem::path> parts, bool unsealed)
    : parts_(std::move(parts)), unsealed_(unsealed), buffer_(first_buffer_bytes) {}

RecordingReader::~RecordingReader() {
  if (file_ != nullptr) gzclose_r(file_);
}

std::string RecordingReader::where() const {
  return parts_.at(std::min(part_, parts_.size() - 1)).string() + ", line " + std::to_string(line_);
}

void RecordingReader::refuse(const std::string& why) const {
  throw RecordingUnreadable(where() + ": " + why);
}

void RecordingReader::open() {
  const auto& path = parts_[part_];
  errno = 0;
  if (std::filesystem::is_directory(path)) throw RecordingUnreadable(path.string() + " is a folder");
  file_ = gzopen(path.c_str(), "rbe");
  if (file_ == nullptr)
    throw RecordingUnreadable(path.string() +
                              " cannot be opened: " + (errno != 0 ? std::strerror(errno) : "there is no memory"));
  gzbuffer(file_, static_cast<unsigned>(first_buffer_bytes));
  begin_ = end_ = 0;
  line_ = part_messages_ = part_gaps_ = 0;
  crc_ = 0;
  broken_line_ = file_ended_ = false;

  std::string_view line;
  if (!read_line(line)) throw RecordingUnreadable(path.string() + " is empty");
  const auto parsed = parse_recording_line(line);
  if (const auto* head = std::get_if<RecordingHead>(&parsed)) return take_head(*head);
  const auto* why = std::get_if<UnreadableLine>(&parsed);
  const bool ours = line.find("\"epicura_recording\"") != std::string_view::npos;
  throw RecordingUnreadable(path.string() +
                            (ours && why != nullptr
                                 ? ": its first line: " + why->why
                                 : " is no recording: its first line is not {\"epicura_recording\":1, ...}"));
}

void RecordingReader::take_head(const RecordingHead& head) {
  if (part_ == 0) {
    id_ = head.id;
    first_part_ = head.part;
    return;
  }
  if (head.id != id_) refuse("it is not of the same recording as " + parts_[0].string());
  const auto expected = first_part_ + part_;
  if (head.part != expected)
    refuse("it is part " + std::to_string(head.part) + " where part " + std::to_string(expected) + " has to come");
}

bool RecordingReader::read_line(std::string_view& line) {
  std::size_t searched = begin_;
  while (true) {
    const auto* found = static_cast<const char*>(std::memchr(buffer_.data() + searched, '\n', end_ - searched));
    if (found != nullptr || (file_ended_ && begin_ < end_)) {
      const auto stop = found != nullptr ? static_cast<std::size_t>(found - buffer_.data()) : end_;
      line = {buffer_.data() + begin_, stop - begin_};
      broken_line_ = found == nullptr;
      const auto after = stop + (found != nullptr ? 1 : 0);
      crc_ = static_cast<std::uint32_t>(
          ::crc32(crc_, reinterpret_cast<const Bytef*>(buffer_.data() + begin_), static_cast<uInt>(after - begin_)));
      begin_ = after;
      ++line_;
      return true;
    }
    if (file_ended_) return false;
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    searched = end_;
    if (end_ == buffer_.size()) {
      if (buffer_.size() >= longest_line_bytes) {
        ++line_;
        refuse("it is longer than " + std::to_string(longest_line_bytes >> 20) + " MiB: this is no recording");
      }
      buffer_.resize(buffer_.size() * 2);
    }
    const int got = gzread(file_, buffer_.data() + end_, static_cast<unsigned>(buffer_.size() - end_));
    int status = Z_OK;
    const char* text = gzerror(file_, &status);
    if (got < 0 || status == Z_BUF_ERROR) {
      // Of a gzip'ed file: its end is missing, or its bytes are not what was packed.
      if (status == Z_BUF_ERROR && unsealed_) {
        file_ended_ = true;
        end_ += static_cast<std::size_t>(std::max(got, 0));
        continue;
      }
      refuse(status == Z_BUF_ERROR
                 ? "the gzip'ed file was cut off behind this line"
                 : std::string("it cannot be read: ") + (status == Z_ERRNO ? std::strerror(errno) : text));
    }
    end_ += static_cast<std::size_t>(got);
    if (got == 0) file_ended_ = true;
  }
}

bool RecordingReader::next(RecordedMessage& message) {
  while (true) {
    if (file_ == nullptr) {
      if (part_ == parts_.size()) return false;
      open();
    }
    const auto crc_before = crc_;
    std::string_view line;
    if (!read_line(line)) {
      if (!unsealed_)
        refuse("the recording was cut off here, behind " + std::to_string(part_messages_) +
               " messages: it has no seal. Is it still being written? --unsealed plays it as far as it goes");
      complete_ = true;  // as far as it goes
      end_of_part();
      continue;
    }
    auto parsed = parse_recording_line(line);
    if (broken_line_ && unsealed_ && std::holds_alternative<UnreadableLine>(parsed)) {
      ++cut_lines_;
    } else if (auto* read = std::get_if<RecordedMessage>(&parsed)) {
      message = std::move(*read);
      ++part_messages_;
      ++messages_;
      return true;
    } else if (auto* gap = std::get_if<RecordingGap>(&parsed)) {
      if (gaps_.size() < most_gaps_kept) gaps_.push_back(std::move(*gap));
      ++part_gaps_;
      ++gap_count_;
    } else if (const auto* seal = std::get_if<RecordingSeal>(&parsed)) {
      take_seal(*seal, crc_before);
    } else if (const auto* bad = std::get_if<UnreadableLine>(&parsed)) {
      refuse(broken_line_ ? "the recording was cut off within this line, behind " + std::to_string(part_messages_) +
                                " messages. --unsealed plays it as far as it goes"
                          : bad->why);
    } else {
      refuse("a second beginning: two recordings in one file");
    }
  }
}

void RecordingReader::take_seal(const RecordingSeal& seal, std::uint32_t crc_before) {
  if (seal.messages != part_messages_ || seal.gaps != part_gaps_)
    refuse("its seal counts " + std::to_string(seal.messages) + " messages and " + std::to_string(seal.gaps) +
           " gaps, and there are " + std::to_string(part_messages_) + " and " + std::to_string(part_gaps_));
  if (seal.crc32 && *seal.crc32 != crc_before)
    refuse(
        "the checksum of the seal does not fit: the file was changed or damaged (without its last line --unsealed "
        "plays it)");
  std::string_view more;
  if (read_line(more)) refuse("there is more behind the seal");
  complete_ = seal.last;
  if (seal.last && part_ + 1 < parts_.size()) refuse("it is the last part, and another is given behind it");
  end_of_part();
}

void RecordingReader::end_of_part() {
  gzclose_r(file_);
  file_ = nullptr;
  ++part_;
}

}  // namespace epicura::bus
