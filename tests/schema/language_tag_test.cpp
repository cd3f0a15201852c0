#include "schema/language_tag.hpp"

#include <doctest/doctest.h>

using epicura::parse_language_tag;

TEST_CASE("a language tag is read in any case, and written in one") {
  for (const auto& [typed, tag] : {std::pair{"de", "de"},
                                   {"PT-br", "pt-BR"},
                                   {"zh-hant-tw", "zh-Hant-TW"},
                                   {"zho-HANT-419", "zho-Hant-419"},
                                   {"es-419", "es-419"},
                                   {"yue", "yue"}})
    CHECK(parse_language_tag(typed) == tag);
}

TEST_CASE("what is no language tag") {
  for (const char* typed : {"", "d", "deut", "de_DE", "de-", "-de", "de--DE", "de-D", "de-DE-AT", "de-DE-Latn", "1a",
                            "d3", "de-41", "de-4191", "x-klingon", "de-DE-1996", "\xc3\xa4\xc3\xb6", "zho-Hant-419-x"})
    CHECK_MESSAGE(!parse_language_tag(typed), typed);
}
