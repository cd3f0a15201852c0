#pragma once
// Answers made smaller for clients that ask for it (RFC 9110, 12.5.3; RFC 1952).

#include <string>
#include <string_view>

namespace epicura::http {

// Whether an Accept-Encoding field wants gzip: named or covered by *, not with q=0, and not less than `identity`.
bool wants_gzip(std::string_view accept_encoding);

// Whether a body of this type and length is worth it: text of some kind, over 1 kB and up to 2 MB.
bool is_compressible(std::string_view content_type, std::size_t length);

// The gzip form, however long that takes, of what becomes shorter by it: for what is made once.
std::string gzipped(std::string_view content);

// Puts the gzip form in the body's place if that is shorter. False: the body is as it was; also when the calling
// thread has compressed so much within the last second (16 MB, about a fifth of its time) that others come first.
bool compress(std::string& body);

}  // namespace epicura::http
