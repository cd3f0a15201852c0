#pragma once
// What the first bytes of an image say: its format, by the magic bytes alone, and its size. Nothing is decoded, so an
// image that would be too large is known before anybody makes room for it.

#include <cstdint>
#include <optional>
#include <string_view>

namespace epicura {

enum class ImageFormat : std::uint8_t { jpeg, png, webp };

std::string_view content_type(ImageFormat format);                      // "image/jpeg", ...
std::optional<ImageFormat> image_format_of(std::string_view type);      // of a content type, in lower case
std::optional<ImageFormat> sniff_image_format(std::string_view bytes);  // absent: none of these

struct ImageHeader {
  ImageFormat format = ImageFormat::jpeg;
  std::uint32_t width = 0;  // as it is stored: how it is to be turned is not looked at
  std::uint32_t height = 0;

  std::uint64_t pixels() const { return std::uint64_t{width} * height; }
};

// ITU-T T.81 annex B (JPEG), W3C PNG 11.2.2, the WebP container specification (RFC 9649). Absent: no image of these
// formats, or its size is missing, 0, or behind the end of what is there.
std::optional<ImageHeader> read_image_header(std::string_view bytes);

}  // namespace epicura
