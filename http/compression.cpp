#include "http/compression.hpp"

#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "schema/list.hpp"

namespace epicura::http {

namespace {

constexpr std::size_t least = 1024;
constexpr std::size_t most = std::size_t{2} << 20;  // longer ones would keep the thread for tens of ms
constexpr std::size_t most_a_second = std::size_t{16} << 20;

// Thousandths; q=1 where it is absent, 0 where it cannot be read.
int quality(std::string_view parameters) {
  while (!parameters.empty()) {
    parameters.remove_prefix(1);  // the semicolon
    const auto parameter = trimmed(parameters.substr(0, parameters.find(';')));
    parameters.remove_prefix(std::min(parameters.find(';'), parameters.size()));
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
    const auto value = parameter.substr(2);
    if (value.empty() || value.size() > 5 || (value.size() > 1 && value[1] != '.')) return 0;
    int thousandths = 0;
    int place = 1000;
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i == 1) continue;
      if (value[i] < '0' || value[i] > '9') return 0;
      thousandths += (value[i] - '0') * place;
      place /= 10;
    }
    return thousandths <= 1000 ? thousandths : 0;
  }
  return 1000;
}

bool same(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((text[i] >= 'A' && text[i] <= 'Z' ? text[i] + ('a' - 'A') : text[i]) != lower[i]) return false;
  return true;
}

// One a thread: its 256 kB are made once.
class Deflater {
 public:
  Deflater() { ready_ = deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK; }
  ~Deflater() {
    if (ready_) deflateEnd(&stream_);
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  // False: it would be no shorter.
  bool run(std::string_view from, std::string& to) {
    if (!ready_ || deflateReset(&stream_) != Z_OK) return false;
    to.resize(from.size());
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(from.data()));  // NOLINT: zlib does not write to it
    stream_.avail_in = static_cast<uInt>(from.size());
    stream_.next_out = reinterpret_cast<Bytef*>(to.data());
    stream_.avail_out = static_cast<uInt>(to.size());
    if (deflate(&stream_, Z_FINISH) != Z_STREAM_END) return false;
    to.erase(stream_.total_out);
    return true;
  }

 private:
  z_stream stream_{};
  bool ready_;
};

// Whether the thread may compress this much now.
bool take_turn(std::size_t bytes) {
  using Clock = std::chrono::steady_clock;
  thread_local Clock::time_point begun{};
  thread_local std::size_t done = 0;
  const auto now = Clock::now();
  if (now - begun >= std::chrono::seconds(1)) {
    begun = now;
    done = 0;
  }
  if (done + bytes > most_a_second) return false;
  done += bytes;
  return true;
}

}  // namespace

bool wants_gzip(std::string_view accept_encoding) {
  int gzip = -1;
  int identity = -1;
  int any = -1;
  for_items(accept_encoding, [&](std::string_view item) {
    const auto end = std::min(item.find(';'), item.size());
    const auto coding = trimmed(item.substr(0, end));
    if (same(coding, "gzip") || same(coding, "x-gzip")) gzip = quality(item.substr(end));
    if (same(coding, "identity")) identity = quality(item.substr(end));
    if (coding == "*") any = quality(item.substr(end));
  });
  if (gzip < 0) gzip = any;
  return gzip > 0 && gzip >= identity;
}

bool is_compressible(std::string_view content_type, std::size_t length) {
  if (length <= least || length > most) return false;
  const auto type = content_type.substr(0, content_type.find(';'));
  return type.starts_with("text/") || type.ends_with("json") || type.ends_with("javascript") || type.ends_with("xml");
}

std::string gzipped(std::string_view content) {
  std::string out;
  Deflater deflater;
  if (!deflater.run(content, out)) throw std::runtime_error("this does not become shorter");
  return out;
}

bool compress(std::string& body) {
  if (!take_turn(body.size())) return false;
  thread_local Deflater deflater;
  std::string shorter;
  if (!deflater.run(body, shorter)) return false;
  body = std::move(shorter);
  return true;
}

}  // namespace epicura::http
