// A person's avatar: begun, confirmed, taken away. Between the first two the image is put to a URL of its own
// (media.cpp), and behind the second a job decodes it (jobs/image.cpp).

#include "actors/routes/routes.hpp"
#include "actors/routes/signed_in.hpp"
#include "http/routes/media.hpp"
#include "schema/json_text.hpp"
#include "schema/pg/account_queries.hpp"
#include "schema/pg/upload_queries.hpp"

namespace epicura::routes {

namespace {

namespace q = pg::queries;

constexpr std::string_view purpose = "avatar";
constexpr std::chrono::minutes valid_for{5};
constexpr std::int64_t most_an_hour = 20;  // uploads of one user

void refuse_absent(Call& call) {
  call.fail(Errc::forbidden, "there is no account of this token");
}

std::string upload_json(const Call& call, const UploadGrant& grant) {
  const auto& origin = call.services().settings.public_url;
  JsonText headers(96);
  headers.add("Content-Type", content_type(grant.format)).add("Content-Length", std::to_string(grant.length));
  JsonText body(512);
  body.add("upload_id", grant.id.str())
      .add("upload_url", origin + "/uploads/" + call.services().media.tokens.issue(grant))
      .add("method", "PUT")
      .raw("headers", std::move(headers).take())
      .add("expires_at", format_rfc3339(grant.expires_at))
      .add("confirm_url", origin + "/users/me/avatar/confirm");
  return std::move(body).take();
}

void answer_confirmed(Call& call, const Uuid& upload, const pg::Rows& row) {
  const auto state = row.text(0, 0);
  if (state == "pending" || state == "writing")
    return call.fail(Errc::nothing_uploaded, "put the image to upload_url first, or begin anew");
  if (state == "refused") return call.fail(Errc::image_refused, std::string(row.text(0, 1)));
  const auto avatar = row.text_or_null(0, 2);
  JsonText body(256);
  body.add("upload_id", upload.str())
      .add("state", state)
      .add_or_null("avatar_url", avatar ? std::optional(call.services().media.url_of(*avatar)) : std::nullopt);
  call.answer({state == "done" ? 200 : 202, "application/json", std::move(body).take(), {}});
}

}  // namespace

void request_avatar_upload(Call& call) {
  const auto& body = call.body();
  const auto format = image_format_of(body.at("content_type").get_ref<const std::string&>());
  const UploadGrant grant{Uuid::v7(), call.services().clock() + valid_for,
                          body.at("content_length").get<std::uint32_t>(), format.value()};
  call.query_once(
      {{&q::lock_user, pg::Params().add(person_of(call).subject)},
       {&q::create_upload, pg::params_of(grant.id, person_of(call).subject, purpose, content_type(grant.format),
                                         std::int64_t{grant.length}, most_an_hour)}},
      [&call, grant](const std::vector<pg::Rows>& results) {
        if (results[0].size() == 0) return refuse_absent(call);
        if (results[1].size() == 0)
          return call.fail(Errc::too_many_uploads, "these were enough for an hour; wait a while");
        call.answer({201, "application/json", upload_json(call, grant), {}});
      });
}

void confirm_avatar(Call& call) {
  const auto upload = Uuid::parse(call.body().at("upload_id").get_ref<const std::string&>()).value();
  call.query(
      {{&q::confirm_upload, pg::params_of(upload, person_of(call).subject, purpose, Uuid::v7())}},
      [&call, upload](const std::vector<pg::Rows>& results) {
        if (results[0].size() == 0) return call.fail(Errc::not_found, "you have no such upload");
        answer_confirmed(call, upload, results[0]);
      },
      [&services = call.services(), audit = audit_of_admin(call, "user.avatar_changed")](const pg::Outcome& outcome) {
        if (!outcome.ok() || outcome.results[0].size() == 0 || !outcome.results[0].boolean(0, 3)) return;
        services.job_made();
        audit();
      });
}

void remove_avatar(Call& call) {
  call.query(
      {{&q::remove_avatar, pg::Params().add(person_of(call).subject)}},
      [&call](const std::vector<pg::Rows>& results) {
        if (results[0].size() == 0) return refuse_absent(call);
        call.answer({204, {}, {}, {}});
      },
      // Nobody is shown it any more; where its file is not removed now, tidy does it.
      [&services = call.services(), audit = audit_of_admin(call, "user.avatar_removed")](const pg::Outcome& outcome) {
        if (!outcome.ok() || outcome.results[0].size() == 0 || outcome.results[0].is_null(0, 0)) return;
        audit();
        services.passwords.submit(FileWork{
            [&store = services.media.store, name = std::string(outcome.results[0].text(0, 0))] { store.drop(name); }});
      });
}

}  // namespace epicura::routes
