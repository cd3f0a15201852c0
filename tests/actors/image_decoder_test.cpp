#include "actors/media/image_decoder.hpp"

#include <thread>

#include <sys/stat.h>

#include "schema/image_header.hpp"
#include "tests/actors/images.hpp"

using namespace epicura;
using namespace epicura::tests;
using Result = DecodedImage::Result;

namespace {

struct Decoding {
  OwnDirectory place{"/tmp/epicura-decode-XXXXXX"};
  observe::Metrics metrics;
  MediaStore store{place / "media"};
  DecoderSettings settings;

  DecodedImage decode(const std::string& bytes, int side = 512) {
    const ImageDecoder decoder(store, settings, metrics);
    auto made = decoder.decode(bytes, side);
    CHECK(std::filesystem::exists(place / "media/work") == true);
    CHECK(std::filesystem::is_empty(place / "media/work"));
    return made;
  }
  void refuses(const std::string& bytes, const std::string& why) {
    const ImageDecoder decoder(store, settings, metrics);
    const auto made = decoder.decode(bytes, 512);
    CHECK(made.result == Result::refused);
    CHECK(made.reason == why);
    CHECK(made.jpeg.empty());
  }
  // In the place of GraphicsMagick.
  void use(const std::string& script) {
    settings.program = place / "decoder";
    std::ofstream(settings.program) << "#!/bin/sh\n" << script << "\n";
    ::chmod(settings.program.c_str(), 0700);
  }
};

constexpr const char* unreadable = "it is no JPEG, PNG or WebP that can be read";
constexpr const char* undecodable = "it cannot be decoded";

}  // namespace

TEST_CASE("of each format comes a JPEG that fits into the square, and none is made larger") {
  Decoding house;
  for (const std::string format : {"jpeg", "png", "webp"}) {
    CAPTURE(format);
    const auto large = house.decode(make_image(format, "-size 1200x900 gradient:red-blue"));
    REQUIRE(large.result == Result::done);
    const auto header = read_image_header(large.jpeg);
    REQUIRE(header);
    CHECK(header->format == ImageFormat::jpeg);
    CHECK(header->width == 512);
    CHECK(header->height == 384);
    const auto small = house.decode(make_image(format));
    REQUIRE(small.result == Result::done);
    CHECK(read_image_header(small.jpeg)->width == 60);
  }
}

TEST_CASE("an image is turned as it says, and nothing else of what it says stays") {
  Decoding house;
  const auto sent = with_exif(make_image("jpeg"), 6);
  REQUIRE(sent.find("Quillgarden") != std::string::npos);
  const auto made = house.decode(sent);
  REQUIRE(made.result == Result::done);
  const auto header = read_image_header(made.jpeg).value();
  CHECK(header.width == 30);
  CHECK(header.height == 60);
  for (const std::string word : {"Exif", "Quillgarden", "2026:11:20"})
    CHECK_MESSAGE(made.jpeg.find(word) == std::string::npos, word);
  const auto commented = make_image("png", "-size 60x30 gradient:red-blue -comment Quillgarden");
  CHECK(house.decode(commented).jpeg.find("Quillgarden") == std::string::npos);
}

TEST_CASE("what is no image, too large or cut off is refused, and said why") {
  Decoding house;
  house.refuses(bomb, "it has more than 40 million pixels");
  house.refuses("<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>", unreadable);
  house.refuses("push graphic-context\nviewbox 0 0 640 480\nimage over 0,0 0,0 '/etc/passwd'\npop graphic-context",
                unreadable);
  house.refuses("some text", unreadable);
  house.refuses("", unreadable);
  house.refuses("GIF89a" + std::string(100, 'x'), unreadable);
  // The head of one, the body of another.
  house.refuses(png_of(std::string("\0\0\0\x10\0\0\0\x10", 8)), undecodable);
  house.refuses(make_image("png").substr(0, 33) + "<?xml version='1.0'?><svg/>", undecodable);
  for (const std::string format : {"jpeg", "png", "webp"}) {
    const auto whole = make_image(format, "-size 800x600 plasma:");
    house.refuses(whole.substr(0, whole.size() * 6 / 10), format == "jpeg" ? "it is cut off" : undecodable);
  }
  CHECK(house.metrics.counter("epicura_images_total", "", {{"end", "refused"}}).Value() == 11);
}

TEST_CASE("what is behind an image is not taken with it") {
  Decoding house;
  const auto made = house.decode(make_image("jpeg") + "<script>alert(1)</script>");
  REQUIRE(made.result == Result::done);
  CHECK(made.jpeg.find("script") == std::string::npos);
}

TEST_CASE("an image of 40 million pixels is taken") {
  Decoding house;
  const auto made = house.decode(make_image("webp", "-size 8000x5000 gradient:red-blue"));
  CHECK(made.result == Result::done);
}

TEST_CASE("a decoder that takes too long, dies or takes too much is ended, and the image refused") {
  Decoding house;
  house.use("exec sleep 100");
  house.settings.limit = Millis{200};
  house.refuses(make_image("png"), "it takes too long to decode");
  house.settings.limit = Millis{20'000};
  house.use("kill -SEGV $$");
  house.refuses(make_image("png"), undecodable);
  house.use("while :; do :; done");
  house.settings.cpu = std::chrono::seconds{1};
  house.refuses(make_image("png"), undecodable);
  house.use("while :; do echo too much of it; done > out");
  house.refuses(make_image("png"), undecodable);
  house.use(
      "[ -z \"$EPICURA_SECRET\" ] && [ \"$(env | grep -vc '^PWD=\\|^_=\\|^SHLVL=\\|^OLDPWD=')\" = 3 ] || exit 1; "
      "ulimit -c | grep -qx 0 || exit 1; ls /proc/self/fd | grep -q '^[5-9]' && exit 1; cp in out");
  ::setenv("EPICURA_SECRET", "of ours", 1);
  CHECK(house.decode(make_image("jpeg")).result == Result::done);
  ::unsetenv("EPICURA_SECRET");
}

TEST_CASE("without a decoder, or when the program ends, an image waits") {
  Decoding house;
  house.settings.program = "/usr/bin/no-such-decoder";
  const auto none = house.decode(make_image("png"));
  CHECK(none.result == Result::away);
  CHECK(none.reason == "no decoder: No such file or directory");
  house.use("touch begun; exec sleep 100");
  ImageDecoder decoder(house.store, house.settings, house.metrics);
  const auto image = make_image("png");
  DecodedImage made;
  std::thread working([&] { made = decoder.decode(image, 512); });
  decoder.stop();
  working.join();
  CHECK(made.result == Result::away);
  CHECK(made.reason == "stopped");
  CHECK(decoder.decode(image, 512).reason == "stopped");
}
