// Images on their way in, to a URL that is good for one of them, and on their way out.

#include "http/routes/media.hpp"
#include "actors/routes/routes.hpp"
#include "http/etag.hpp"
#include "schema/ascii.hpp"
#include "schema/pg/upload_queries.hpp"

namespace epicura::routes {

namespace {

namespace q = pg::queries;

void refuse_used(Call& call) {
  call.fail(Errc::upload_used, "something was put there before; begin another upload");
}

// What the body and its head have to be; false: they are not, and the request has been answered.
bool is_as_signed(Call& call, const UploadGrant& grant) {
  const auto& request = call.request();
  if (ascii_lower(request.content_type) != content_type(grant.format)) {
    call.fail(Errc::unsupported_media_type,
              "Content-Type is to be " + std::string(content_type(grant.format)) + ", as it was said");
    return false;
  }
  if (request.body.size() != grant.length) {
    call.fail({{"", "bad_value", "the body is to have " + std::to_string(grant.length) + " bytes, as it was said"}});
    return false;
  }
  return true;
}

void drop_later(const Services& services, const Uuid& file) {
  services.passwords.submit(FileWork{[&store = services.media.store, file] { store.drop_quarantined(file); }});
}

// The file lies in quarantine, where its row still wants it.
void note_stored(Call& call, const UploadGrant& grant, const Uuid& file) {
  call.query(
      {{&q::store_upload, pg::params_of(grant.id, file)}},
      [&call](const std::vector<pg::Rows>& results) {
        if (results[0].size() == 0) return call.fail(Errc::upload_not_valid, "nobody waits for it any more");
        call.answer({204, {}, {}, {}});
      },
      [&services = call.services(), file](const pg::Outcome& outcome) {
        if (outcome.ok() && outcome.results[0].size() == 0) drop_later(services, file);
      });
}

void release(Call& call, const UploadGrant& grant, const Uuid& file) {
  call.query({{&q::release_upload, pg::params_of(grant.id, file)}}, [&call](const std::vector<pg::Rows>&) {
    call.fail(Errc::overloaded, "there is no room for it now; try again");
  });
}

void write(Call& call, const UploadGrant& grant, const Uuid& file, const std::shared_ptr<http::Holding>& held) {
  call.work_on_files<bool>(
      [&store = call.services().media.store, &body = call.request().body, file, held] {
        return store.quarantine(file, body);
      },
      [&call, grant, file](bool stored) { stored ? note_stored(call, grant, file) : release(call, grant, file); });
}

}  // namespace

void put_upload(Call& call) {
  auto& media = call.services().media;
  const auto grant = media.tokens.read(*call.request().param("token"));
  if (!grant) return call.fail(Errc::upload_not_valid, "this is no upload of ours");
  if (grant->expires_at <= call.services().clock())
    return call.fail(Errc::upload_not_valid, "its 5 minutes are over; begin another upload");
  if (!is_as_signed(call, *grant)) return;
  auto held = std::make_shared<http::Holding>(media.bodies);
  if (!held->resize(grant->length)) return call.fail(Errc::overloaded, "many images are coming in; try again");
  call.go_on_alone();
  const auto file = Uuid::v7();
  call.query({{&q::claim_upload, pg::params_of(grant->id, file)}},
             [&call, grant = *grant, file, held](const std::vector<pg::Rows>& results) {
               if (results[0].size() == 0) return call.fail(Errc::upload_not_valid, "nobody waits for it any more");
               if (!results[0].boolean(0, 0)) return refuse_used(call);
               write(call, grant, file, held);
             });
}

void get_media(Call& call) {
  constexpr auto absent = "there is no such file";
  const auto& name = *call.request().param("file");
  if (!MediaStore::is_name(name)) return call.fail(Errc::not_found, absent);
  // The row decides: an account that is deleted shows nothing from then on, whatever lies on the disk.
  call.query({{&q::find_public_file, pg::Params().add(std::string_view(name))}},
             [&call, name](const std::vector<pg::Rows>& results) {
               if (results[0].size() == 0) return call.fail(Errc::not_found, absent);
               // One name, one content: the name is its tag.
               const auto etag = '"' + name.substr(0, name.find('.')) + '"';
               http::Pairs headers{{"ETag", etag}, {"Cache-Control", "public, max-age=31536000, immutable"}};
               if (http::none_match_has(call.request().if_none_match, etag))
                 return call.answer({304, {}, {}, std::move(headers)});
               headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
               call.work_on_files<MediaStore::Found>(
                   [&store = call.services().media.store, name] { return store.read(name); },
                   [&call, headers](MediaStore::Found found) {
                     if (found.absent) return call.fail(Errc::not_found, absent);
                     if (!found.bytes) return call.fail(Errc::overloaded, "the file cannot be read now; try again");
                     call.answer({200, "image/jpeg", std::move(*found.bytes), headers});
                   });
             });
}

}  // namespace epicura::routes
