#include "schema/image_header.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace epicura;
using namespace std::string_literals;

namespace {

const std::string png = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x0b\xb8\0\0\x07\xd0\x08\x02\0\0\0"s;
// Start, an APP0 that is short, fill bytes, and a progressive frame.
const std::string jpeg =
    "\xff\xd8\xff\xe0\0\x04xy\xff\xff\xff\xc2\0\x11\x08\x07\xd0\x0b\xb8\x03\x01\x22\0\x02\x11\x01"s;
const std::string lossy = "RIFF\0\0\0\0WEBPVP8 \0\0\0\0\x30\x01\0\x9d\x01\x2a\xb8\x4b\xd0\x47\0"s;
const std::string lossless = "RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\xb7\xcb\xf3\x11\0\0\0\0\0\0\0\0\0\0"s;
const std::string extended = "RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\xb7\x0b\0\xcf\x07\0"s;

}  // namespace

TEST_CASE("the header of an image says its format and its size") {
  struct Case {
    std::string bytes;
    ImageFormat format;
  };
  for (const auto& [bytes, format] :
       {Case{png, ImageFormat::png}, Case{jpeg, ImageFormat::jpeg}, Case{lossy, ImageFormat::webp},
        Case{lossless, ImageFormat::webp}, Case{extended, ImageFormat::webp}}) {
    CAPTURE(bytes);
    const auto read = read_image_header(bytes);
    REQUIRE(read);
    CHECK(read->format == format);
    CHECK(read->width == 3000);
    CHECK(read->height == 2000);
    CHECK(read->pixels() == 6'000'000);
  }
}

TEST_CASE("an image is what its first bytes say, of these formats alone") {
  CHECK(sniff_image_format("<svg xmlns='http://www.w3.org/2000/svg'/>") == std::nullopt);
  CHECK(sniff_image_format("GIF89a") == std::nullopt);
  CHECK(sniff_image_format("RIFF....WAVE") == std::nullopt);
  CHECK(sniff_image_format("push graphic-context") == std::nullopt);
  CHECK(sniff_image_format("") == std::nullopt);
  for (const auto format : {ImageFormat::jpeg, ImageFormat::png, ImageFormat::webp})
    CHECK(image_format_of(content_type(format)) == format);
  CHECK(image_format_of("image/svg+xml") == std::nullopt);
}

TEST_CASE("a header that is cut off anywhere, or says 0, is none") {
  for (const auto* whole : {&png, &jpeg, &lossy, &lossless, &extended}) {
    for (std::size_t length = 0; length < 19; ++length) CHECK_FALSE(read_image_header(whole->substr(0, length)));
    for (std::size_t length = 19; length < whole->size(); ++length) read_image_header(whole->substr(0, length));
  }
  auto flat = png;
  flat.replace(20, 4, 4, '\0');
  CHECK_FALSE(read_image_header(flat));
  CHECK_FALSE(read_image_header("\xff\xd8\xff\xda\0\x04xy"s + jpeg.substr(2)));    // a scan before the frame
  CHECK_FALSE(read_image_header("\xff\xd8\xff\xe0\0\x01xy"s + jpeg.substr(2)));    // a segment shorter than its length
  CHECK_FALSE(read_image_header("\xff\xd8\xff\xe0\xff\xffxy"s + jpeg.substr(2)));  // one that ends behind the end
  CHECK_FALSE(read_image_header("RIFF\0\0\0\0WEBPALPH"s + std::string(30, 'x')));
}

TEST_CASE("a bomb is known by its header") {
  auto bomb = png;
  bomb.replace(16, 8, "\0\0\xc3\x50\0\0\xc3\x50"s);
  CHECK(read_image_header(bomb)->pixels() == 2'500'000'000);
}
