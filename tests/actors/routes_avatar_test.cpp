// A person's avatar, from the wish for one to its end.

#include <filesystem>
#include <fstream>

#include "actors/jobs/jobs.hpp"
#include "schema/image_header.hpp"
#include "tests/actors/avatars.hpp"
#include "tests/actors/images.hpp"

using namespace epicura;
using namespace epicura::tests;

TEST_CASE("an image of each format becomes an avatar that anybody can get") {
  Avatars house;
  const auto ada = house.sign_up("ada@example.org");
  REQUIRE(ada.body["user"]["avatar_url"].is_null());
  std::string before;
  for (const std::string format : {"jpeg", "png", "webp"}) {
    CAPTURE(format);
    const auto image = make_image(format);
    const auto begun = house.begin(ada, "image/" + format, image.size());
    REQUIRE(begun.status == 201);
    CHECK(begun.body["method"] == "PUT");
    CHECK(begun.body["headers"] ==
          Json{{"Content-Type", "image/" + format}, {"Content-Length", std::to_string(image.size())}});
    CHECK(begun.body["expires_at"] == "2026-11-20T12:05:00.000Z");
    CHECK(begun.body["confirm_url"] == "https://api.example.org/users/me/avatar/confirm");
    CHECK(house.confirm(ada, begun).problem(409, "nothing_uploaded"));
    REQUIRE(house.put(begun, "image/" + format, image).status == 204);
    const auto confirmed = house.confirm(ada, begun);
    REQUIRE(confirmed.status == 202);
    CHECK(confirmed.body["state"] == "confirmed");
    CHECK(house.confirm(ada, begun).status == 202);  // asked twice, done once
    CHECK(house.run_jobs() == 1);
    const auto done = house.confirm(ada, begun);
    REQUIRE(done.status == 200);
    CHECK(done.body["state"] == "done");
    const auto url = done.body["avatar_url"].get<std::string>();
    CHECK(url.starts_with("https://api.example.org/media/"));
    for (const std::string route : {"/users/me", "/auth/me", "/users/me/export"})
      CHECK(house.ask("GET", route, bearer(ada)).body["avatar_url"] == url);

    const auto got = house.get(url);
    REQUIRE(got.status == 200);
    CHECK(got.header("Content-Type") == "image/jpeg");
    CHECK(got.header("X-Content-Type-Options") == "nosniff");
    CHECK(got.header("Cache-Control") == "public, max-age=31536000, immutable");
    CHECK(sniff_image_format(got.text) == ImageFormat::jpeg);
    house.usual.if_none_match = got.header("ETag");
    CHECK(house.get(url).status == 304);
    house.usual.if_none_match.clear();

    if (!before.empty()) CHECK(house.get(before).status == 404);  // the former one is gone
    before = url;
    CHECK(house.files("public") == 1);
    CHECK(house.files("quarantine") == 0);
    CHECK(house.files("work") == 0);
  }
}

TEST_CASE("an upload's URL is good once, within its time, for the length and type that were said") {
  Avatars house;
  const auto ada = house.sign_up("ada@example.org");
  const auto image = make_image("png");
  const auto begun = house.begin(ada, "image/png", image.size());
  CHECK(house.put(begun, "image/jpeg", image).problem(415, "unsupported_media_type"));
  CHECK(house.put(begun, "", image).problem(415, "unsupported_media_type"));
  CHECK(house.put(begun, "image/png", image + "x").problem(422, "validation"));
  CHECK(house.put(begun, "image/png", image.substr(1)).problem(422, "validation"));
  CHECK(house.put(begun, "image/png", "").problem(422, "validation"));
  CHECK(house.files("quarantine") == 0);
  REQUIRE(house.put(begun, "Image/PNG", image).status == 204);
  CHECK(house.put(begun, "image/png", image).problem(409, "upload_used"));
  CHECK(house.files("quarantine") == 1);

  const auto late = house.begin(ada, "image/png", image.size());
  house.clock += std::chrono::minutes{5};
  CHECK(house.put(late, "image/png", image).problem(404, "upload_not_valid"));
  auto forged = house.begin(ada, "image/png", image.size());
  auto url = forged.body["upload_url"].get<std::string>();
  url.back() = url.back() == 'A' ? 'B' : 'A';
  forged.body["upload_url"] = url;
  CHECK(house.put(forged, "image/png", image).problem(404, "upload_not_valid"));
  forged.body["upload_url"] = "https://api.example.org/uploads/" +
                              UploadTokens({std::string(32, 'x')})
                                  .issue({Uuid::v7(), house.clock + std::chrono::minutes{5}, 1, ImageFormat::png});
  CHECK(house.put(forged, "image/png", "x").problem(404, "upload_not_valid"));
  CHECK(house.files("quarantine") == 1);
}

TEST_CASE("a URL writes one file, also where the first did not come to its end") {
  Avatars house;
  const auto ada = house.sign_up("ada@example.org");
  const auto image = make_image("png");
  const auto begun = house.begin(ada, "image/png", image.size());
  house.sql("update uploads set state = 'writing', quarantine_id = gen_random_uuid()");
  CHECK(house.put(begun, "image/png", image).problem(409, "upload_used"));
  CHECK(house.files("quarantine") == 0);
  CHECK(house.confirm(ada, begun).problem(409, "nothing_uploaded"));
}

TEST_CASE("an upload of another is none") {
  Avatars house;
  const auto ada = house.sign_up("ada@example.org");
  const auto bob = house.sign_up("bob@example.org");
  const auto image = make_image("png");
  const auto begun = house.begin(ada, "image/png", image.size());
  REQUIRE(house.put(begun, "image/png", image).status == 204);
  CHECK(house.confirm(bob, begun).problem(404, "not_found"));
  CHECK(house.run_jobs() == 0);
  CHECK(house.confirm(ada, begun).status == 202);
}

TEST_CASE("what may not be begun is refused, and so many in an hour are enough") {
  Avatars house;
  const auto ada = house.sign_up("ada@example.org");
  CHECK(house.begin(ada, "image/svg+xml", 10).points_at("/content_type"));
  CHECK(house.begin(ada, "image/gif", 10).points_at("/content_type"));
  CHECK(house.begin(ada, "image/png", 0).points_at("/content_length"));
  CHECK(house.begin(ada, "image/png", (10u << 20) + 1).points_at("/content_length"));
  for (int i = 0; i < 20; ++i) REQUIRE(house.begin(ada, "image/png", 10u << 20).status == 201);
  CHECK(house.begin(ada, "image/png", 10).problem(429, "too_many_uploads"));
  CHECK(house.begin(house.sign_up("bob@example.org"), "image/png", 10).status == 201);
  Answer operators;
  CHECK(house.ask("POST", "/users/me/avatar", house.admin(), R"({"content_type":"image/png","content_length":10})")
            .problem(403, "forbidden"));
}

TEST_CASE("what is no image is refused, its user hears why, and the former avatar stays") {
  Avatars house;
  const auto ada = house.sign_up("ada@example.org");
  const auto url = house.give_avatar(ada, make_image("png"));
  struct Case {
    std::string bytes, why;
  };
  for (const auto& [bytes, why] :
       {Case{bomb, "it has more than 40 million pixels"},
        Case{"<svg xmlns='http://www.w3.org/2000/svg'/>", "it is no JPEG, PNG or WebP that can be read"},
        Case{make_image("png").substr(0, 200), "it cannot be decoded"}}) {
    const auto begun = house.begin(ada, "image/png", bytes.size());
    REQUIRE(house.put(begun, "image/png", bytes).status == 204);
    REQUIRE(house.confirm(ada, begun).status == 202);
    CHECK(house.run_jobs() == 1);
    const auto refused = house.confirm(ada, begun);
    CHECK(refused.problem(422, "image_refused"));
    CHECK(refused.body["detail"] == why);
    CHECK(house.files("quarantine") == 0);
  }
  CHECK(house.avatar_of(ada) == url);
  CHECK(house.get(url).status == 200);
}

TEST_CASE("an avatar is taken away, also one that is on its way") {
  Avatars house;
  const auto ada = house.sign_up("ada@example.org");
  const auto url = house.give_avatar(ada, make_image("png"));
  const auto image = make_image("jpeg");
  const auto begun = house.begin(ada, "image/jpeg", image.size());
  REQUIRE(house.put(begun, "image/jpeg", image).status == 204);
  REQUIRE(house.confirm(ada, begun).status == 202);
  CHECK(house.ask("DELETE", "/users/me/avatar", bearer(ada)).status == 204);
  CHECK(house.ask("DELETE", "/users/me/avatar", bearer(ada)).status == 204);
  CHECK(house.run_jobs() == 1);
  CHECK(house.avatar_of(ada).empty());
  CHECK(house.get(url).status == 404);
  CHECK(house.confirm(ada, begun).problem(422, "image_refused"));
  CHECK(pg::eventually([&] { return house.files("public") == 0; }));
}

TEST_CASE("a stranger's image is not the avatar of who proves the address, nor is one on its way") {
  Avatars house;
  const auto stranger = house.sign_up("owner@example.org");
  const auto url = house.give_avatar(stranger, make_image("png"));
  const auto image = make_image("jpeg");
  const auto begun = house.begin(stranger, "image/jpeg", image.size());
  REQUIRE(house.put(begun, "image/jpeg", image).status == 204);
  REQUIRE(house.confirm(stranger, begun).status == 202);
  REQUIRE(house.forget("owner@example.org").status == 202);
  REQUIRE(house.reset(house.link(MailLinkPurpose::reset_password), "another long password").status == 204);
  const auto owner = house.log_in("owner@example.org", "another long password");
  CHECK(house.run_jobs() == 1);
  CHECK(house.avatar_of(owner).empty());
  CHECK(house.get(url).status == 404);
  CHECK(house.confirm(owner, begun).problem(422, "image_refused"));

  const auto own = house.give_avatar(owner, make_image("png"));
  REQUIRE(house.forget("owner@example.org").status == 202);
  REQUIRE(house.reset(house.link(MailLinkPurpose::reset_password), "correct horse battery").status == 204);
  CHECK(house.avatar_of(house.log_in("owner@example.org", "correct horse battery")) == own);  // an own one stays
}

TEST_CASE("a deleted account shows its avatar to nobody, until it is restored") {
  Avatars house;
  const auto ada = house.sign_up("ada@example.org");
  const auto url = house.give_avatar(ada, make_image("png"));
  const auto image = make_image("jpeg");
  const auto begun = house.begin(ada, "image/jpeg", image.size());
  REQUIRE(house.put(begun, "image/jpeg", image).status == 204);
  REQUIRE(house.ask("DELETE", "/users/me", bearer(ada)).status == 202);
  CHECK(house.get(url).status == 404);
  const auto listed = house.ask("GET", "/admin/users?q=ada@", house.admin());
  REQUIRE(listed.body["items"].size() == 1);
  CHECK(listed.body["items"][0]["avatar_url"].is_null());
  REQUIRE(house.ask("POST", "/auth/restore", {}, credentials("ada@example.org")).status == 204);
  CHECK(house.get(url).status == 200);
  const auto again = house.log_in("ada@example.org");
  CHECK(house.avatar_of(again) == url);
  CHECK(house.confirm(again, begun).problem(422, "image_refused"));

  REQUIRE(house.ask("DELETE", "/users/me", bearer(again)).status == 202);
  house.sql("update users set deleted_at = deleted_at - interval '30 days'");
  CHECK(jobs::erase_users(make_ask(house.database), house.media.store, house.mailer).how == JobEnd::How::done);
  CHECK(house.files("public") == 0);
}

TEST_CASE("names of files that are none are not there") {
  Avatars house;
  for (const std::string name : {"x", "passwd", "..", "0f1e2d3c4b5a69788796a5b4c3d2e1f0.jpg", "..%5cx", ".jpg"}) {
    const auto path = http::decode_path("/media/" + name);
    if (path) CHECK_MESSAGE(house.ask("GET", "/media/" + name).problem(404, "not_found"), name);
  }
}

TEST_CASE("with a CDN before it, URLs are the CDN's") {
  Avatars house;
  const auto ada = house.sign_up("ada@example.org");
  const auto url = house.give_avatar(ada, make_image("png"));
  Settings settings = house.settings;
  settings.media_base_url = "https://cdn.example.org/m";
  CHECK(Media(settings).url_of("a.jpg") == "https://cdn.example.org/m/a.jpg");
  CHECK(url == Media(house.settings).url_of(url.substr(url.rfind('/') + 1)));
}

TEST_CASE("bodies of uploads are not held without bound") {
  Avatars house;
  const auto ada = house.sign_up("ada@example.org");
  const auto image = make_image("png");
  const auto begun = house.begin(ada, "image/png", image.size());
  {
    http::Holding others(house.media.bodies);
    REQUIRE(others.resize(std::size_t{64} << 20));
    CHECK(house.put(begun, "image/png", image).problem(503, "overloaded"));
  }
  CHECK(house.put(begun, "image/png", image).status == 204);
  CHECK(pg::eventually([&] { return house.media.bodies.held() == 0; }));
}

TEST_CASE("what nobody confirmed is tidied away, and files that no row has") {
  Avatars house;
  const auto ada = house.sign_up("ada@example.org");
  const auto url = house.give_avatar(ada, make_image("png"));
  const auto image = make_image("jpeg");
  const auto forgotten = house.begin(ada, "image/jpeg", image.size());
  REQUIRE(house.put(forgotten, "image/jpeg", image).status == 204);
  const auto waiting = house.begin(ada, "image/jpeg", image.size());
  REQUIRE(house.put(waiting, "image/jpeg", image).status == 204);
  REQUIRE(house.confirm(ada, waiting).status == 202);
  REQUIRE(house.begin(ada, "image/jpeg", image.size()).status == 201);  // nothing was ever put there
  REQUIRE(house.media.store.keep("nobody's"));
  REQUIRE(house.media.store.quarantine(Uuid::v7(), "nobody's"));
  house.tidy();
  CHECK(house.files("public") == 2);  // all of it is young
  CHECK(house.files("quarantine") == 3);
  house.sql("update uploads set created_at = created_at - interval '2 hours'");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(house.settings.media_dir))
    std::filesystem::last_write_time(entry.path(),
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours{2});
  house.tidy();
  CHECK(house.files("public") == 1);
  CHECK(house.files("quarantine") == 1);
  CHECK(house.get(url).status == 200);
  CHECK(house.confirm(ada, forgotten).problem(404, "not_found"));
  CHECK(house.run_jobs() == 1);
  CHECK(house.confirm(ada, waiting).status == 200);
}

TEST_CASE("an image whose file has gone, or whose decoder is away") {
  Avatars house;
  const auto ada = house.sign_up("ada@example.org");
  const auto image = make_image("png");
  const auto begun = house.begin(ada, "image/png", image.size());
  REQUIRE(house.put(begun, "image/png", image).status == 204);
  REQUIRE(house.confirm(ada, begun).status == 202);
  house.use_decoder("/usr/bin/no-such-decoder");
  CHECK(house.run_job().how == JobEnd::How::later);
  CHECK(house.confirm(ada, begun).status == 202);
  std::filesystem::remove_all(house.settings.media_dir);
  CHECK(house.run_job().how == JobEnd::How::done);
  const auto gone = house.confirm(ada, begun);
  CHECK(gone.problem(422, "image_refused"));
  CHECK(gone.body["detail"] == "it is not there any more; upload it again");
}
