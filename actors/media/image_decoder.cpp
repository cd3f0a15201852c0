#include "actors/media/image_decoder.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "schema/observe/log.hpp"

namespace epicura {

namespace {

namespace fs = std::filesystem;
using Result = DecodedImage::Result;

constexpr std::size_t longest_output = std::size_t{8} << 20;
constexpr std::size_t longest_complaint = 4096;

observe::Counter& counter(observe::Metrics& metrics, const char* end) {
  return metrics.counter("epicura_images_total", "Images that were to be decoded, by how that ended", {{"end", end}});
}

std::string read_file(const fs::path& path, std::size_t most) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes(most, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(most));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return bytes;
}

// One that is removed with all that is in it.
struct WorkDirectory {
  fs::path path;
  ~WorkDirectory() {
    std::error_code failed;
    fs::remove_all(path, failed);
  }
};

// As GraphicsMagick calls it. Nothing of the file's own choice: not its name, not its client's word.
std::string_view coder(ImageFormat format) {
  switch (format) {
    case ImageFormat::jpeg:
      return "jpeg";
    case ImageFormat::png:
      return "png";
    case ImageFormat::webp:
      return "webp";
  }
  return {};
}

// A stranger's words may be among these.
std::string printable(std::string text) {
  for (char& c : text)
    if (c < ' ' || c > '~') c = ' ';
  constexpr std::size_t enough = 300;
  return text.substr(0, enough);
}

}  // namespace

ImageDecoder::ImageDecoder(const MediaStore& store, DecoderSettings settings, observe::Metrics& metrics)
    : store_(store),
      settings_(std::move(settings)),
      done_(counter(metrics, "done")),
      refused_(counter(metrics, "refused")),
      away_(counter(metrics, "away")),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
  if (stop_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  if (::access(settings_.program.c_str(), X_OK) != 0)
    log::warning("media", "{} is not there: no image can be taken; it is in Debian's package graphicsmagick",
                 settings_.program);
}

ImageDecoder::~ImageDecoder() {
  ::close(stop_);
}

void ImageDecoder::stop() {
  ::eventfd_write(stop_, 1);
}

DecodedImage ImageDecoder::decode(std::string_view bytes, int side) const {
  DecodedImage made;
  const auto header = read_image_header(bytes);
  if (!header) {
    made = {Result::refused, {}, "it is no JPEG, PNG or WebP that can be read"};
  } else if (header->pixels() > most_pixels) {
    made = {Result::refused, {}, "it has more than 40 million pixels"};
  } else {
    made = run(bytes, *header, side);
  }
  (made.result == Result::done ? done_ : made.result == Result::refused ? refused_ : away_).Increment();
  return made;
}

DecodedImage ImageDecoder::run(std::string_view bytes, const ImageHeader& header, int side) const {
  const auto made = store_.make_work_directory();
  if (!made) return {Result::away, {}, "there is no room to work in"};
  const WorkDirectory directory{*made};
  {
    std::ofstream in(directory.path / "in", std::ios::binary);
    in.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!in.flush()) return {Result::away, {}, "there is no room to work in"};
  }
  std::vector<std::string> command{settings_.program,
                                   "convert",
                                   "-limit",
                                   "threads",
                                   "1",
                                   "-limit",
                                   "map",
                                   "0",
                                   "-limit",
                                   "disk",
                                   "0",
                                   "-limit",
                                   "pixels",
                                   std::to_string(most_pixels)};
  // Before the image: behind it, it would hush up that the image is cut off.
  command.insert(command.end(), {"-background", "white"});
  // Of a large JPEG as much is decoded as is needed. Of a small one it would make more than there is.
  const auto enough = 2 * static_cast<std::uint32_t>(side);
  if (header.width > enough && header.height > enough)
    command.insert(command.end(), {"-size", fmt::format("{0}x{0}", enough)});
  command.insert(command.end(),
                 {fmt::format("{}:in[0]", coder(header.format)),                // of several frames the first
                  "-auto-orient", "-thumbnail", fmt::format("{0}x{0}>", side),  // never larger
                  "-flatten", "-colorspace", "RGB", "-strip", "+profile", "*", "-quality", "85", "jpeg:out"});
  const ChildOrder order{std::move(command),      {"MAGICK_TMPDIR=.", "OMP_NUM_THREADS=1", "HOME=."},
                         directory.path.string(), settings_.memory,
                         longest_output,          settings_.cpu,
                         settings_.limit,         stop_};
  const auto end = run_child(order);
  const auto said = read_file(directory.path / "said", longest_complaint);
  switch (end.how) {
    case ChildEnd::How::not_started:
      return {Result::away, {}, fmt::format("no decoder: {}", std::strerror(end.code))};
    case ChildEnd::How::stopped:
      return {Result::away, {}, "stopped"};
    case ChildEnd::How::timed_out:
      return {Result::refused, {}, "it takes too long to decode"};
    case ChildEnd::How::killed:
      log::warning("media", "the decoder of a {} was ended by signal {}: {}", coder(header.format), end.code,
                   printable(said));
      return {Result::refused, {}, "it cannot be decoded"};
    case ChildEnd::How::exited:
      break;
  }
  // Of a JPEG that is cut off it shows what there is, and says so.
  const bool cut_off = said.find("Premature end") != std::string::npos;
  if (cut_off) return {Result::refused, {}, "it is cut off"};
  auto jpeg = end.code == 0 ? read_file(directory.path / "out", longest_output) : std::string();
  if (sniff_image_format(jpeg) != ImageFormat::jpeg) {
    log::info("media", "a {} cannot be decoded: {}", coder(header.format), printable(said));
    return {Result::refused, {}, "it cannot be decoded"};
  }
  return {Result::done, std::move(jpeg), {}};
}

}  // namespace epicura
