#include "http/web_files.hpp"

#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>

#include <zlib.h>

namespace epicura::http {

namespace {

// A gzip file of one member, which ends with its content's length (RFC 1952, 2.3.1).
std::string unpacked(std::string_view gzipped) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < 4; ++i)
    length |= static_cast<std::size_t>(static_cast<unsigned char>(gzipped.at(gzipped.size() - 4 + i))) << (8 * i);
  z_stream stream{};
  constexpr int gzip = 16 + MAX_WBITS;
  if (inflateInit2(&stream, gzip) != Z_OK) throw std::bad_alloc();
  std::string content(length, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzipped.data()));  // NOLINT: zlib does not write to it
  stream.avail_in = static_cast<uInt>(gzipped.size());
  stream.next_out = reinterpret_cast<Bytef*>(content.data());
  stream.avail_out = static_cast<uInt>(content.size());
  const int result = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (result != Z_STREAM_END || stream.total_out != length) throw std::runtime_error("an embedded file is damaged");
  return content;
}

}  // namespace

const WebFile* find_web_file(std::string_view name) {
  for (const WebFile& file : web_files())
    if (file.name == name) return &file;
  return nullptr;
}

bool has_swagger_ui() {
  return find_web_file("swagger-ui-bundle.js") != nullptr;
}

std::string_view content_of(const WebFile& file) {
  struct Kept {
    std::once_flag made;
    std::string content;
  };
  static const auto kept = std::make_unique<Kept[]>(web_files().size());
  Kept& own = kept[static_cast<std::size_t>(&file - web_files().data())];
  std::call_once(own.made, [&] { own.content = unpacked(file.gzipped); });
  return own.content;
}

}  // namespace epicura::http
