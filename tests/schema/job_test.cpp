#include "schema/job.hpp"

#include <doctest/doctest.h>

using namespace epicura;
using namespace std::chrono_literals;

TEST_CASE("a job's call is read as it was written, and nothing else is one") {
  const JobCall call{Uuid::v7(), "mail"};
  const auto read = decode_job_call(encode(call));
  REQUIRE(read);
  CHECK(read->id == call.id);
  CHECK(read->kind == "mail");
  for (const char* text : {"", "null", "[]", "{}", R"({"id":1,"kind":"mail"})", R"({"id":"x","kind":"mail"})",
                           R"({"id":"0198c0de-0000-7000-8000-00000000abcd"})",
                           R"({"id":"0198c0de-0000-7000-8000-00000000abcd","kind":null})"})
    CHECK_MESSAGE(!decode_job_call(text), text);
}

TEST_CASE("the pause doubles with each attempt, up to an hour") {
  CHECK(job_pause(1) == 5s);
  CHECK(job_pause(2) == 10s);
  CHECK(job_pause(9) == 1280s);
  CHECK(job_pause(11) == 1h);
  CHECK(job_pause(1'000'000'000) == 1h);
  Millis all{0};
  for (std::int64_t attempt = 1; attempt < most_job_attempts; ++attempt) all += job_pause(attempt);
  CHECK(all > 2h);
  CHECK(all < 5h);
}
