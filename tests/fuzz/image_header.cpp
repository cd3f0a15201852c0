// Any bytes: what is read of an image's header is a size, of the format that its first bytes say.

#include <cstdlib>

#include "schema/image_header.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace epicura;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto header = read_image_header(bytes);
  if (!header) return 0;
  if (header->format != sniff_image_format(bytes) || header->width == 0 || header->height == 0 || header->pixels() == 0)
    std::abort();
  return 0;
}
