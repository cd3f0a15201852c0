#pragma once
// Entity tags (RFC 9110, 8.8.3) and the condition that clients make of them.

#include <string>
#include <string_view>

namespace epicura::http {

std::string etag_of(std::string_view content);  // strong, with its quotation marks

// Whether If-None-Match lists the tag, or is "*": then the answer is 304. Compared weakly: a proxy that compresses on
// the way marks the tag it passes on as weak.
bool none_match_has(std::string_view if_none_match, std::string_view etag);
// Whether If-Match lists the tag, or is "*": if not, nothing is to be done, and the answer is 412. A tag that came back
// weak counts too, against RFC 9110, 13.1.1: only compression, here or by a proxy, makes ours weak, and the client that
// asked for it would never get past.
bool match_has(std::string_view if_match, std::string_view etag);

}  // namespace epicura::http
