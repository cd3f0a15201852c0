#pragma once
// Makes of an image that a stranger has sent one of ours: decoded, turned as it says, made smaller, and encoded anew
// without anything else that was in the file. Decoders have faults, so it is done by GraphicsMagick in a process of its
// own (conf/decisions/0018): what goes wrong there costs that image, and nothing here.

#include <string>
#include <string_view>

#include "actors/media/child_process.hpp"
#include "actors/media/media_store.hpp"
#include "schema/image_header.hpp"
#include "schema/observe/metrics.hpp"

namespace epicura {

struct DecoderSettings {
  std::string program = "/usr/bin/gm";
  Millis limit{15'000};  // well below a job's minute
  std::chrono::seconds cpu{10};
  std::size_t memory = std::size_t{1} << 30;  // 40 million pixels of 8 bytes, and the decoder's own copy
};

struct DecodedImage {
  enum class Result {
    done,
    refused,  // `reason` is for its user
    away,     // no decoder, no room, or it was stopped: to be tried again; `reason` is for the log
  };
  Result result = Result::away;
  std::string jpeg = {};
  std::string reason = {};
};

class ImageDecoder {
 public:
  static constexpr std::uint64_t most_pixels = 40'000'000;

  ImageDecoder(const MediaStore& store, DecoderSettings settings, observe::Metrics& metrics);
  ~ImageDecoder();
  ImageDecoder(const ImageDecoder&) = delete;
  ImageDecoder& operator=(const ImageDecoder&) = delete;

  // A JPEG that fits into a square of so many pixels; what is transparent is white. Blocks, for `limit` at most. Any
  // number of threads.
  DecodedImage decode(std::string_view bytes, int side) const;
  void stop();  // what is at work is killed, and nothing more is begun; any thread

 private:
  DecodedImage run(std::string_view bytes, const ImageHeader& header, int side) const;

  const MediaStore& store_;
  const DecoderSettings settings_;
  observe::Counter& done_;
  observe::Counter& refused_;
  observe::Counter& away_;
  const int stop_;  // an eventfd
};

}  // namespace epicura
