#pragma once
// The API with words for images: put there, confirmed, and decoded as the job does it.

#include <filesystem>
#include <optional>

#include "actors/jobs/jobs.hpp"
#include "tests/actors/accounts.hpp"

namespace epicura::tests {

struct Avatars : Accounts {
  Answer begin(const Answer& who, const std::string& type, std::size_t length) {
    return ask("POST", "/users/me/avatar", bearer(who),
               dump_json({{"content_type", type}, {"content_length", length}}));
  }
  Answer put(const Answer& begun, const std::string& type, const std::string& image) {
    const auto url = begun.body.at("upload_url").get<std::string>();
    REQUIRE(url.starts_with(settings.public_url));
    content_type = type;
    auto answer = ask("PUT", url.substr(settings.public_url.size()), {}, image);
    content_type = "application/json";
    return answer;
  }
  Answer confirm(const Answer& who, const Answer& begun) {
    return ask("POST", "/users/me/avatar/confirm", bearer(who), dump_json({{"upload_id", begun.body.at("upload_id")}}));
  }
  Answer get(const std::string& url) {
    REQUIRE(url.starts_with(settings.public_url));
    return ask("GET", url.substr(settings.public_url.size()));
  }
  std::string avatar_of(const Answer& who) {
    const auto url = me(who).body.at("avatar_url");
    return url.is_null() ? std::string() : url.get<std::string>();
  }
  // From beginning to end; its URL.
  std::string give_avatar(const Answer& who, const std::string& png) {
    const auto begun = begin(who, "image/png", png.size());
    REQUIRE(put(begun, "image/png", png).status == 204);
    REQUIRE(confirm(who, begun).status == 202);
    REQUIRE(run_jobs() == 1);
    return avatar_of(who);
  }

  // The oldest that waits. It waits on, whatever comes of it.
  JobEnd run_job() {
    const auto args =
        value("select args::text from jobs where kind = 'image' and state = 'waiting' order by id limit 1");
    REQUIRE_FALSE(args.empty());
    return jobs::decode_image(tools(), {Uuid::v7(), clock, Json::parse(args)});
  }
  // All that wait; how many they were.
  int run_jobs() {
    int done = 0;
    while (value("select count(*) from jobs where kind = 'image' and state = 'waiting'") != "0") {
      const auto end = run_job();
      CHECK_MESSAGE(end.how == JobEnd::How::done, end.reason);
      sql("update jobs set state = 'done' where id = (select id from jobs where kind = 'image' and state = 'waiting' "
          "order by id limit 1)");
      ++done;
    }
    return done;
  }
  void tidy() { CHECK(jobs::tidy(tools()).how == JobEnd::How::done); }
  void use_decoder(const std::string& program) {
    DecoderSettings other;
    other.program = program;
    decoder.emplace(media.store, other, stage.metrics);
  }

  // Files and directories there.
  int files(const std::string& place) const {
    std::error_code absent;
    int count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(settings.media_dir + "/" + place, absent))
      ++count;
    return count;
  }

  jobs::Tools tools() { return {settings, make_ask(database), mail_links, mailer, media.store, *decoder}; }

 private:
  std::optional<ImageDecoder> decoder{std::in_place, media.store, DecoderSettings{}, stage.metrics};
};

}  // namespace epicura::tests
