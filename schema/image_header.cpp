#include "schema/image_header.hpp"

#include <array>

namespace epicura {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view png_magic = "\x89PNG\r\n\x1a\n"sv;
constexpr std::string_view jpeg_magic = "\xff\xd8\xff"sv;

struct Type {
  ImageFormat format;
  std::string_view name;
};
constexpr std::array types{Type{ImageFormat::jpeg, "image/jpeg"}, Type{ImageFormat::png, "image/png"},
                           Type{ImageFormat::webp, "image/webp"}};

// Bytes at places that may not be there.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

  bool has(std::size_t end) const { return end <= bytes_.size(); }
  bool are(std::size_t at, std::string_view expected) const {
    return has(at + expected.size()) && bytes_.substr(at, expected.size()) == expected;
  }
  std::uint32_t at(std::size_t place) const { return static_cast<std::uint8_t>(bytes_[place]); }
  std::uint32_t big(std::size_t from, int count) const {
    std::uint32_t value = 0;
    for (int i = 0; i < count; ++i) value = value << 8 | at(from + static_cast<std::size_t>(i));
    return value;
  }
  std::uint32_t little(std::size_t from, int count) const {
    std::uint32_t value = 0;
    for (int i = count; i-- > 0;) value = value << 8 | at(from + static_cast<std::size_t>(i));
    return value;
  }

 private:
  std::string_view bytes_;
};

struct Size {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

// The first frame header (SOF0 to SOF15, of which three numbers are other segments).
std::optional<Size> size_of_jpeg(const Bytes& bytes) {
  std::size_t at = 2;
  while (bytes.has(at + 4) && bytes.at(at) == 0xff) {
    const auto marker = bytes.at(at + 1);
    if (marker == 0xff) {  // fill
      ++at;
      continue;
    }
    const bool is_frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (is_frame) {
      if (!bytes.has(at + 9)) return std::nullopt;
      return Size{bytes.big(at + 7, 2), bytes.big(at + 5, 2)};
    }
    const bool is_scan_or_end = marker == 0xda || marker == 0xd9;
    const bool has_no_length = marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    if (is_scan_or_end || has_no_length) return std::nullopt;  // none of them may come before the frame
    const auto length = bytes.big(at + 2, 2);
    if (length < 2) return std::nullopt;
    at += 2 + length;
  }
  return std::nullopt;
}

std::optional<Size> size_of_png(const Bytes& bytes) {
  if (!bytes.are(8, "\0\0\0\x0dIHDR"sv) || !bytes.has(24)) return std::nullopt;
  return Size{bytes.big(16, 4), bytes.big(20, 4)};
}

std::optional<Size> size_of_webp(const Bytes& bytes) {
  constexpr std::uint32_t fourteen_bits = 0x3fff;
  if (!bytes.has(30)) return std::nullopt;
  if (bytes.are(12, "VP8 ") && bytes.are(23, "\x9d\x01\x2a"))
    return Size{bytes.little(26, 2) & fourteen_bits, bytes.little(28, 2) & fourteen_bits};
  if (bytes.are(12, "VP8L") && bytes.at(20) == 0x2f) {
    const auto bits = bytes.little(21, 4);
    return Size{(bits & fourteen_bits) + 1, (bits >> 14 & fourteen_bits) + 1};
  }
  if (bytes.are(12, "VP8X")) return Size{bytes.little(24, 3) + 1, bytes.little(27, 3) + 1};
  return std::nullopt;
}

std::optional<Size> size_of(ImageFormat format, const Bytes& bytes) {
  switch (format) {
    case ImageFormat::jpeg:
      return size_of_jpeg(bytes);
    case ImageFormat::png:
      return size_of_png(bytes);
    case ImageFormat::webp:
      return size_of_webp(bytes);
  }
  return std::nullopt;
}

}  // namespace

std::string_view content_type(ImageFormat format) {
  return types[static_cast<std::size_t>(format)].name;
}

std::optional<ImageFormat> image_format_of(std::string_view type) {
  for (const auto& one : types)
    if (one.name == type) return one.format;
  return std::nullopt;
}

std::optional<ImageFormat> sniff_image_format(std::string_view bytes) {
  if (bytes.starts_with(jpeg_magic)) return ImageFormat::jpeg;
  if (bytes.starts_with(png_magic)) return ImageFormat::png;
  if (bytes.starts_with("RIFF") && Bytes(bytes).are(8, "WEBP")) return ImageFormat::webp;
  return std::nullopt;
}

std::optional<ImageHeader> read_image_header(std::string_view bytes) {
  const auto format = sniff_image_format(bytes);
  if (!format) return std::nullopt;
  const auto size = size_of(*format, Bytes(bytes));
  if (!size || size->width == 0 || size->height == 0) return std::nullopt;
  return ImageHeader{*format, size->width, size->height};
}

}  // namespace epicura
