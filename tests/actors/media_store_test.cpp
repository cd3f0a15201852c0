#include "actors/media/media_store.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/stack/server_process.hpp"

using namespace epicura;
using namespace epicura::tests;
namespace fs = std::filesystem;

namespace {

std::size_t files_below(const fs::path& directory) {
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) count += entry.is_regular_file() ? 1 : 0;
  return count;
}

void make_old(const fs::path& path) {
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours{2});
}

}  // namespace

TEST_CASE("what is put into quarantine is there whole, for its owner alone, until it is dropped") {
  const OwnDirectory place("/tmp/epicura-store-XXXXXX");
  const MediaStore store(place / "media/below");
  const auto id = Uuid::v7();
  CHECK(store.quarantined(id).absent);
  const std::string bytes(std::size_t{3} << 20, 'x');
  REQUIRE(store.quarantine(id, bytes));
  CHECK(store.quarantined(id).bytes == bytes);
  const auto path = place.path() / "media/below/quarantine" / id.str();
  CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(fs::status(path.parent_path()).permissions() == fs::perms::owner_all);
  CHECK(files_below(place.path()) == 1);
  store.drop_quarantined(id);
  store.drop_quarantined(id);
  CHECK(store.quarantined(id).absent);
}

TEST_CASE("each file that is kept has a name of its own, which nobody can guess") {
  const OwnDirectory place("/tmp/epicura-store-XXXXXX");
  const MediaStore store(place / "media");
  const auto one = store.keep("the same");
  const auto other = store.keep("the same");
  REQUIRE(one);
  REQUIRE(other);
  CHECK(*one != *other);
  CHECK(MediaStore::is_name(*one));
  CHECK(store.read(*one).bytes == "the same");
  store.drop(*one);
  CHECK(store.read(*one).absent);
  CHECK(store.read(*other).bytes == "the same");
  for (const std::string bad : {"", ".", "..", "../quarantine/x", "/etc/passwd", "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
                                "0f1e2d3c4b5a69788796a5b4c3d2e1f0.png", "0F1E2D3C4B5A69788796A5B4C3D2E1F0.jpg",
                                "../../../../../../../../etc/shad.jpg"})
    CHECK_FALSE_MESSAGE(MediaStore::is_name(bad), bad);
}

TEST_CASE("a link in the place of a file is not followed") {
  const OwnDirectory place("/tmp/epicura-store-XXXXXX");
  const MediaStore store(place / "media");
  const auto name = store.keep("x").value();
  fs::remove(place.path() / "media/public" / name);
  fs::create_symlink("/etc/passwd", place.path() / "media/public" / name);
  const auto found = store.read(name);
  CHECK_FALSE(found.bytes);
  CHECK_FALSE(found.absent);
}

TEST_CASE("where there is no room nothing is left behind") {
  const OwnDirectory place("/tmp/epicura-store-XXXXXX");
  std::ofstream(place / "media") << "a file where a directory should be";
  const MediaStore store(place / "media");
  CHECK_FALSE(store.quarantine(Uuid::v7(), "x"));
  CHECK_FALSE(store.keep("x"));
  CHECK_FALSE(store.make_work_directory());
}

TEST_CASE("what is old is found by its age, and what was never whole is dropped") {
  const OwnDirectory place("/tmp/epicura-store-XXXXXX");
  const MediaStore store(place / "media");
  CHECK(store.kept_before(std::chrono::hours{1}).empty());
  const auto old_id = Uuid::v7(), new_id = Uuid::v7();
  REQUIRE(store.quarantine(old_id, "x"));
  REQUIRE(store.quarantine(new_id, "x"));
  const auto old_name = store.keep("x").value();
  REQUIRE(store.keep("x"));
  const auto old_work = store.make_work_directory().value();
  const auto new_work = store.make_work_directory().value();
  std::ofstream(old_work + "/in") << "x";
  const auto half = place.path() / "media/public/.half";
  std::ofstream(half) << "x";
  for (const auto& path : {place.path() / "media/quarantine" / old_id.str(), place.path() / "media/public" / old_name,
                           fs::path(old_work), half})
    make_old(path);
  CHECK(store.quarantined_before(std::chrono::hours{1}) == std::vector{old_id});
  CHECK(store.kept_before(std::chrono::hours{1}) == std::vector{old_name});
  store.drop_work_before(std::chrono::hours{1});
  CHECK_FALSE(fs::exists(old_work));
  CHECK(fs::exists(new_work));
  CHECK_FALSE(fs::exists(half));
  CHECK(store.read(old_name).bytes == "x");
}
