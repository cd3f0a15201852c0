#include "bus/recording/writer.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "schema/uuid.hpp"

namespace epicura::bus {
namespace {

constexpr std::size_t most_pending_bytes = std::size_t{256} * 1024;

std::filesystem::path unfinished(const std::filesystem::path& path) {
  return path.string() + ".part";
}

}  // namespace

RecordingWriter::RecordingWriter(RecordingPlan plan, Timestamp begun_at) : plan_(std::move(plan)) {
  head_ = {Uuid::v7().str(), 0, begun_at, plan_.source, plan_.subjects};
  open();
}

RecordingWriter::~RecordingWriter() {
  if (fd_ < 0) return;
  try {
    flush();
  } catch (const RecordingFailed&) {  // said by whoever added
  }
  ::close(fd_);
}

std::filesystem::path RecordingWriter::path_of(std::uint32_t part) const {
  if (plan_.part_bytes == 0) return plan_.file;
  const auto number = std::to_string(part);
  auto name = plan_.file.stem().string() + '.' + std::string(4 - std::min<std::size_t>(4, number.size()), '0') + number;
  return plan_.file.parent_path() / (name + plan_.file.extension().string());
}

void RecordingWriter::open() {
  ++head_.part;
  path_ = path_of(head_.part);
  if (std::filesystem::exists(path_)) fail(path_.string() + " exists", 0);
  fd_ = ::open(unfinished(path_).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd_ < 0) fail(unfinished(path_).string() + " cannot be made", errno);
  part_bytes_ = part_messages_ = part_gaps_ = 0;
  crc_ = 0;
  append(encode_line(head_), false);
}

void RecordingWriter::add(const RecordedMessage& message) {
  const std::string line = encode_line(message);
  const std::scoped_lock lock(mutex_);
  if (failed_) throw RecordingFailed("the recording has ended");
  ++part_messages_;
  append(line, true);
  if (plan_.part_bytes == 0 || part_bytes_ + pending_.size() < plan_.part_bytes) return;
  seal_part(false);
  open();
}

void RecordingWriter::add(const RecordingGap& gap) {
  const std::scoped_lock lock(mutex_);
  if (failed_) throw RecordingFailed("the recording has ended");
  ++part_gaps_;
  ++gaps_;
  append(encode_line(gap), false);
}

void RecordingWriter::append(std::string_view line, bool message) {
  pending_ += line;
  bytes_ += line.size();
  messages_ += message ? 1 : 0;
  pending_messages_ += message ? 1 : 0;
  if (pending_.size() >= most_pending_bytes) write_out();
}

void RecordingWriter::flush() {
  const std::scoped_lock lock(mutex_);
  if (!failed_ && fd_ >= 0) write_out();
}

void RecordingWriter::write_out() {
  std::size_t written = 0;
  while (written < pending_.size()) {
    const auto took = ::write(fd_, pending_.data() + written, pending_.size() - written);
    if (took < 0 && errno == EINTR) continue;
    if (took >= 0) {
      written += static_cast<std::size_t>(took);
      continue;
    }
    const int error = errno;
    // Whole lines only. A line's first member says what it is, so messages can be told by it.
    const auto whole = written == 0 ? 0 : pending_.rfind('\n', written - 1) + 1;
    std::uint64_t kept = 0;
    for (std::size_t at = 0; at < whole; at = pending_.find('\n', at) + 1)
      kept += std::string_view(pending_).substr(at).starts_with(R"({"at":)") ? 1 : 0;
    messages_ -= pending_messages_ - kept;
    bytes_ -= pending_.size() - whole;
    if (::ftruncate(fd_, static_cast<off_t>(part_bytes_ + whole)) != 0) failed_ = true;  // reading finds the cut line
    fail(unfinished(path_).string() + " takes no more", error);
  }
  crc_ = static_cast<std::uint32_t>(
      ::crc32(crc_, reinterpret_cast<const Bytef*>(pending_.data()), static_cast<uInt>(pending_.size())));
  part_bytes_ += pending_.size();
  pending_.clear();
  pending_messages_ = 0;
}

void RecordingWriter::seal() {
  const std::scoped_lock lock(mutex_);
  if (!failed_ && fd_ >= 0) seal_part(true);
}

void RecordingWriter::discard() {
  const std::scoped_lock lock(mutex_);
  if (fd_ < 0) return;
  ::close(fd_);
  fd_ = -1;
  ::unlink(unfinished(path_).c_str());
}

void RecordingWriter::seal_part(bool last) {
  write_out();
  append(encode_line(RecordingSeal{part_messages_, part_gaps_, last, crc_}), false);
  write_out();
  if (::fsync(fd_) != 0) fail(unfinished(path_).string() + " cannot be synced", errno);
  ::close(fd_);
  fd_ = -1;
  // As a link, which unlike a rename does not write over a file that has come meanwhile.
  if (::link(unfinished(path_).c_str(), path_.c_str()) != 0) fail(path_.string() + " cannot be made", errno);
  ::unlink(unfinished(path_).c_str());
  const auto parent = path_.parent_path();
  const int folder = ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);  // the name
    ::close(folder);
  }
  sealed_.push_back(path_);
}

void RecordingWriter::fail(const std::string& what, int error) {
  failed_ = true;
  pending_.clear();
  pending_messages_ = 0;
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  throw RecordingFailed(what + (error == 0 ? "" : std::string(": ") + std::strerror(error)));
}

std::uint64_t RecordingWriter::messages() const {
  const std::scoped_lock lock(mutex_);
  return messages_;
}

std::uint64_t RecordingWriter::gaps() const {
  const std::scoped_lock lock(mutex_);
  return gaps_;
}

std::uint64_t RecordingWriter::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

std::vector<std::filesystem::path> RecordingWriter::files() const {
  const std::scoped_lock lock(mutex_);
  auto out = sealed_;
  if (out.empty() || out.back() != path_) out.push_back(unfinished(path_));
  return out;
}

}  // namespace epicura::bus
