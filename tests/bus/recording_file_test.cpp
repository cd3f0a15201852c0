#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "bus/recording/reader.hpp"
#include "bus/recording/writer.hpp"
#include "tests/stack/server_process.hpp"

namespace epicura::bus {
namespace {

namespace fs = std::filesystem;

const Timestamp begin_of_time = *parse_rfc3339("2026-11-20T21:05:00Z");

RecordedMessage numbered(int number) {
  RecordedMessage out;
  out.at = begin_of_time + Millis{number};
  out.seq = static_cast<std::uint64_t>(number);
  out.subject = "epicura.a.telemetry";
  out.payload = "{\"n\":" + std::to_string(number) + "}";
  return out;
}

struct Place {
  tests::OwnDirectory directory{"/tmp/epicura-recording-XXXXXX"};
  fs::path file = directory / "r.jsonl";

  fs::path write(int messages, bool sealed = true) const {
    RecordingWriter writer({file, 0, "live", {"epicura.>"}}, begin_of_time);
    for (int i = 0; i < messages; ++i) writer.add(numbered(i));
    if (sealed) writer.seal();
    return sealed ? file : fs::path(file.string() + ".part");
  }
};

std::string text_of(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

void put(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

void put_gzip(const fs::path& path, const std::string& text) {
  gzFile file = gzopen(path.c_str(), "wb");
  REQUIRE(gzwrite(file, text.data(), static_cast<unsigned>(text.size())) == static_cast<int>(text.size()));
  gzclose(file);
}

struct Outcome {
  std::vector<std::uint64_t> numbers;
  std::string why;  // empty: read to its end
  std::uint64_t gaps = 0;
  std::uint64_t cut_lines = 0;
  bool complete = false;
};

Outcome read(std::vector<fs::path> parts, bool unsealed = false) {
  Outcome out;
  RecordingReader reader(std::move(parts), unsealed);
  try {
    RecordedMessage message;
    while (reader.next(message)) out.numbers.push_back(message.seq.value_or(0));
    out.complete = reader.complete();
  } catch (const RecordingUnreadable& unreadable) {
    out.why = unreadable.what();
  }
  out.gaps = reader.gap_count();
  out.cut_lines = reader.cut_lines();
  return out;
}

bool says(const Outcome& outcome, const std::string& text) {
  INFO(outcome.why);
  return outcome.why.find(text) != std::string::npos;
}

TEST_CASE("what is written is read back, and belongs to its owner alone") {
  const Place place;
  const auto file = place.write(1000);
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  const auto back = read({file});
  CHECK(back.why.empty());
  REQUIRE(back.numbers.size() == 1000);
  for (std::uint64_t i = 0; i < 1000; ++i) CHECK(back.numbers[i] == i);
  CHECK(back.complete);
}

TEST_CASE("what is not sealed has another name, and is played on demand only") {
  const Place place;
  const auto part = place.write(10, false);
  CHECK_FALSE(fs::exists(place.file));
  CHECK(says(read({part}), "line 11: the recording was cut off here, behind 10 messages"));
  const auto anyway = read({part}, true);
  CHECK(anyway.why.empty());
  CHECK(anyway.numbers.size() == 10);
}

TEST_CASE("a recording is never written over another") {
  const Place place;
  place.write(1);
  CHECK_THROWS_AS(place.write(2), RecordingFailed);
  CHECK(read({place.file}).numbers.size() == 1);
  const auto part = place.file.string() + ".part";
  CHECK_FALSE(fs::exists(part));
}

TEST_CASE("parts have a bounded size, follow each other, and are refused in another order") {
  const Place place;
  RecordingWriter writer({place.file, 2000, "live", {"epicura.>"}}, begin_of_time);
  for (int i = 0; i < 100; ++i) writer.add(numbered(i));
  writer.add(RecordingGap{begin_of_time, begin_of_time, "somebody looked away"});
  writer.seal();
  const auto parts = writer.files();
  REQUIRE(parts.size() > 3);
  CHECK(parts[0] == place.directory / "r.0001.jsonl");
  for (const auto& part : parts) CHECK(fs::file_size(part) < 2000 + 300);

  const auto all = read(parts);
  CHECK(all.why.empty());
  CHECK(all.numbers.size() == 100);
  CHECK(all.gaps == 1);
  CHECK(all.complete);
  CHECK_FALSE(read({parts[0]}).complete);
  CHECK(read({parts[1], parts[2]}).why.empty());
  CHECK(says(read({parts[0], parts[2]}), "it is part 3 where part 2 has to come"));
  CHECK(says(read({parts.back(), parts[0]}), "it is the last part"));

  Place other;
  CHECK(says(read({parts[0], other.write(1)}), "it is not of the same recording"));
}

TEST_CASE("cut off at any byte it is refused, or played to its last whole line on demand") {
  const Place place;
  const std::string whole = text_of(place.write(5));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    put(place.directory / "cut", whole.substr(0, size));
    const auto sealed = read({place.directory / "cut"});
    // Without its last line break the seal is still whole.
    CHECK(sealed.why.empty() == (size == whole.size() - 1));
    const auto anyway = read({place.directory / "cut"}, true);
    const auto head_end = whole.find('\n');
    if (size < head_end) {
      CHECK_FALSE(anyway.why.empty());
    } else {
      CHECK(anyway.why.empty());
      CHECK(anyway.numbers.size() <= 5);
      CHECK(anyway.cut_lines <= 1);
    }
  }
}

TEST_CASE("any changed byte of what was recorded is found") {
  const Place place;
  const std::string whole = text_of(place.write(3));
  for (std::size_t i = 0; i < whole.size() - 1; ++i) {
    CAPTURE(i);
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    put(place.directory / "changed", changed);
    CHECK_FALSE(read({place.directory / "changed"}).why.empty());
  }
}

TEST_CASE("a gzip'ed recording is read as it is; a broken one says so") {
  const Place place;
  const std::string whole = text_of(place.write(2000));
  const fs::path packed = place.directory / "r.jsonl.gz";
  put_gzip(packed, whole);
  CHECK(read({packed}).numbers.size() == 2000);

  const std::string bytes = text_of(packed);
  put(packed, bytes.substr(0, bytes.size() / 2));
  CHECK(says(read({packed}), "cut off"));
  const auto anyway = read({packed}, true);
  CHECK(anyway.why.empty());
  CHECK(anyway.numbers.size() > 100);
  std::string broken = bytes;
  for (std::size_t i = broken.size() / 2; i < broken.size() / 2 + 20; ++i) broken[i] = '\x55';
  put(packed, broken);
  CHECK_FALSE(read({packed}).why.empty());
}

TEST_CASE("other files are told what they are not") {
  const Place place;
  CHECK(says(read({place.directory / "absent"}), "cannot be opened: No such file"));
  CHECK(says(read({place.directory.path()}), "is a folder"));
  const fs::path file = place.directory / "other";
  put(file, "");
  CHECK(says(read({file}), "is empty"));
  put(file, std::string(1000, '\0'));
  CHECK(says(read({file}), "is no recording"));
  put(file, "{\"name\":\"something\"}\n");
  CHECK(says(read({file}), "is no recording"));
  put(file, "{\"epicura_recording\":7}\n");
  CHECK(says(read({file}), "its first line: it is of format 7"));
  put(file, "{\"epicura_recording\":1}\n" + std::string(20 << 20, 'x'));
  CHECK(says(read({file}), "line 2: it is longer than 8 MiB"));
  put(file, text_of(place.write(2)) + "{\"messages\":0}\n");
  CHECK(says(read({file}), "there is more behind the seal"));
}

TEST_CASE("a disk that takes no more ends the recording at a whole line, and the count is of what is kept") {
  const Place place;
  // As on a full disk, but with EFBIG: the largest file that this process may write.
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto old_action = ::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 600'000;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::uint64_t kept = 0;
  {
    RecordingWriter writer({place.file, 0, "live", {"epicura.>"}}, begin_of_time);
    bool failed = false;
    for (int i = 0; i < 100'000 && !failed; ++i) {
      try {
        writer.add(numbered(i));
      } catch (const RecordingFailed& failure) {
        failed = true;
        CHECK(std::string(failure.what()).find("takes no more") != std::string::npos);
      }
    }
    CHECK(failed);
    CHECK_THROWS_AS(writer.add(numbered(0)), RecordingFailed);
    writer.seal();  // does nothing any more
    kept = writer.messages();
  }
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  ::signal(SIGXFSZ, old_action);
  CHECK_FALSE(fs::exists(place.file));
  const fs::path part = place.file.string() + ".part";
  CHECK(text_of(part).ends_with('\n'));
  const auto anyway = read({part}, true);
  CHECK(anyway.why.empty());
  CHECK(anyway.numbers.size() == kept);
  CHECK(kept > 1000);
}

}  // namespace
}  // namespace epicura::bus
