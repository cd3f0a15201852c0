#pragma once
// The pages at /docs and /account and the files they are made of, as they are embedded at build time
// (http/web/embed.cmake). Where npm or the network was missing then, Swagger UI's own files are not among them.

#include <span>
#include <string_view>

namespace epicura::http {

struct WebFile {
  std::string_view name;
  std::string_view content_type;
  std::string_view etag;     // of the content, quoted
  std::string_view gzipped;  // the content, compressed once for all
};

std::span<const WebFile> web_files();
const WebFile* find_web_file(std::string_view name);  // null: there is none
bool has_swagger_ui();

// Of one of web_files(), unpacked when it is first asked for and kept: it lives as long as the program. Any thread.
std::string_view content_of(const WebFile& file);

// Nothing but the page's own files, no script inside it, no frame around it.
inline constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri "
    "'none'; "
    "form-action 'none'; frame-ancestors 'none'";

}  // namespace epicura::http
