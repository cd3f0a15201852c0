#include "http/web_files.hpp"

#include <array>
#include <stdexcept>

#include <zlib.h>

namespace epicura::http {

const WebFile* find_web_file(std::string_view name) {
  for (const WebFile& file : web_files())
    if (file.name == name) return &file;
  return nullptr;
}

bool has_swagger_ui() {
  return find_web_file("swagger-ui-bundle.js") != nullptr;
}

std::string content_of(const WebFile& file) {
  z_stream stream{};
  constexpr int gzip = 16 + MAX_WBITS;
  if (inflateInit2(&stream, gzip) != Z_OK) throw std::bad_alloc();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(file.gzipped.data()));
  stream.avail_in = static_cast<uInt>(file.gzipped.size());
  std::string content;
  std::array<char, std::size_t{32} << 10> piece{};
  int result = Z_OK;
  while (result == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = piece.size();
    result = inflate(&stream, Z_NO_FLUSH);
    content.append(piece.data(), piece.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("an embedded file is damaged");
  return content;
}

}  // namespace epicura::http
