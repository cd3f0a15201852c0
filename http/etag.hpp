#pragma once
// Entity tags (RFC 9110, 8.8.3) and the condition that clients make of them.

#include <string>
#include <string_view>

namespace epicura::http {

std::string etag_of(std::string_view content);  // strong, with its quotation marks

// Whether If-None-Match lists the tag, or is "*": then the answer is 304. Compared weakly: a proxy that compresses on
// the way marks the tag it passes on as weak.
bool none_match_has(std::string_view if_none_match, std::string_view etag);

}  // namespace epicura::http
