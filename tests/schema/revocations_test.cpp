#include "schema/revocations.hpp"

#include <doctest/doctest.h>

#include "schema/revocation_news.hpp"

using namespace epicura;

TEST_CASE("news of ended sessions reads back as it was written") {
  const RevocationNews news{Uuid::v7(), 7, {Uuid::v7(), Uuid::v7()}};
  const auto read = decode_revocation_news(encode(news));
  REQUIRE(read);
  CHECK(read->from == news.from);
  CHECK(read->link == 7);
  CHECK(read->families == news.families);
  CHECK(decode_revocation_news(encode({Uuid::v7(), 1, {}}))->families.empty());
}

TEST_CASE("what is no news is none") {
  const auto from = R"({"from":")" + Uuid::v7().str() + "\",";
  const std::string bad[] = {"",
                             "{}",
                             "[]",
                             R"({"from":"x","link":1,"families":[]})",
                             R"({"from":1,"link":1,"families":[]})",
                             from + R"("link":-1,"families":[]})",
                             from + R"("link":1})",
                             from + R"("link":1,"families":["x"]})",
                             from + R"("link":1,"families":[1]})"};
  CHECK(decode_revocation_news(from + R"("link":1,"families":[]})"));
  for (const auto& text : bad) CHECK_MESSAGE(!decode_revocation_news(text), text);
}

TEST_CASE("nobody is alive before what ended is loaded, nor after a loss") {
  Revocations::Moment now{};
  Revocations revocations(std::chrono::minutes{16}, [&now] { return now; });
  const auto family = Uuid::v7();
  using Standing = Revocations::Standing;
  revocations.heard();
  CHECK(revocations.look(family) == Standing::unknown);
  revocations.loaded();
  CHECK(revocations.look(family) == Standing::alive);
  now += std::chrono::seconds{30};
  CHECK(revocations.look(family) == Standing::unknown);
  revocations.heard();
  CHECK(revocations.look(family) == Standing::alive);
  revocations.lost();
  CHECK(revocations.look(family) == Standing::unknown);
  const Uuid ended[] = {family};
  revocations.end(ended);
  CHECK(revocations.look(family) == Standing::ended);  // whatever else is known
  now += std::chrono::minutes{15};
  revocations.forget_old();
  CHECK(revocations.size() == 1);
  now += std::chrono::minutes{1};
  revocations.forget_old();
  CHECK(revocations.size() == 0);
}
