#pragma once
// Tags of languages (RFC 5646), as people set them: "de", "pt-BR", "zh-Hant-TW". Any thread.

#include <optional>
#include <string>
#include <string_view>

namespace epicura {

// In the spelling of RFC 5646, 2.1.1 (language in lower case, script with a capital, region in capitals), read in any;
// absent where it is none: language (2 or 3 letters), then, each or not, a script (4 letters) and a region (2 letters
// or 3 digits). Whether they are registered is not looked up; variants, extensions and private tags are not taken.
std::optional<std::string> parse_language_tag(std::string_view text);

}  // namespace epicura
