#pragma once
// Images as tests need them: real ones by GraphicsMagick, and bytes that are none.

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/stack/server_process.hpp"

namespace epicura::tests {

inline std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// As `gm convert` makes it of these words; `format`: jpeg, png, webp.
inline std::string make_image(const std::string& format, const std::string& words = "-size 60x30 gradient:red-blue") {
  const OwnDirectory place("/tmp/epicura-image-XXXXXX");
  REQUIRE(std::system(("/usr/bin/gm convert " + words + " " + format + ":" + (place / "out")).c_str()) == 0);
  return bytes_of(place / "out");
}

// A PNG of that size without a pixel.
inline std::string png_of(const std::string& width_and_height) {
  using namespace std::string_literals;
  return "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"s + width_and_height + "\x08\x02\0\0\0\0\0\0\0"s + std::string(100, 'x');
}
inline const std::string bomb = png_of(std::string("\0\0\xc3\x50\0\0\xc3\x50", 8));  // 50,000 x 50,000

// The JPEG with an Exif segment behind its start: a description, an orientation, and where it was taken.
inline std::string with_exif(const std::string& jpeg, char orientation) {
  using namespace std::string_literals;
  // TIFF 6.0 with the lowest byte first: tag, type, count, value or offset.
  const auto tiff = "II*\0\x08\0\0\0"s + "\x03\0"s +
                    "\x0e\x01\x02\0\x0c\0\0\0\x50\0\0\0"s +                  // ImageDescription, 12 letters at 80
                    "\x12\x01\x03\0\x01\0\0\0"s + orientation + "\0\0\0"s +  // Orientation
                    "\x25\x88\x04\0\x01\0\0\0\x32\0\0\0"s +                  // the GPS directory is at 50
                    "\0\0\0\0"s +                                            //
                    "\x02\0"s + "\x01\0\x02\0\x02\0\0\0N\0\0\0"s +           // 50: latitude north
                    "\x1d\0\x02\0\x0b\0\0\0\x5c\0\0\0"s + "\0\0\0\0"s +      // the date, 11 letters at 92
                    "Quillgarden\0"s + "2026:11:20\0"s;
  const auto segment = "Exif\0\0"s + tiff;
  const auto length = segment.size() + 2;
  return jpeg.substr(0, 2) + "\xff\xe1"s + static_cast<char>(length >> 8) + static_cast<char>(length & 0xff) + segment +
         jpeg.substr(2);
}

}  // namespace epicura::tests
