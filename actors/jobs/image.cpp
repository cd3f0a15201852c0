// An image that its user has confirmed is decoded, and becomes what it was uploaded for. Done twice it does nothing:
// the upload's row says how far it is.

#include "actors/jobs/jobs.hpp"
#include "schema/pg/upload_queries.hpp"

namespace epicura::jobs {

namespace {

namespace q = pg::queries;

constexpr int side_of_avatar = 512;  // pixels

JobEnd refuse(const Tools& tools, const Uuid& upload, const Uuid& file, std::string_view why) {
  const auto outcome = tools.ask({{&q::refuse_upload, pg::params_of(upload, why)}});
  if (!outcome.ok()) return not_answered(outcome);
  tools.media.drop_quarantined(file);
  return {};
}

}  // namespace

JobEnd decode_image(const Tools& tools, const Job& job) {
  const auto named = job.args.find("upload");
  const auto upload =
      named != job.args.end() && named->is_string() ? Uuid::parse(named->get_ref<const std::string&>()) : std::nullopt;
  if (!upload) return {JobEnd::How::failed, "this version knows no such image"};
  const auto found = tools.ask({{&q::get_confirmed_upload, pg::Params().add(*upload)}});
  if (!found.ok()) return not_answered(found);
  if (found.results.front().size() == 0) return {};  // over, or nobody wants it any more
  const auto file = found.results.front().uuid(0, 0);

  const auto sent = tools.media.quarantined(file);
  if (sent.absent) return refuse(tools, *upload, file, "it is not there any more; upload it again");
  if (!sent.bytes) return {JobEnd::How::again, "what was uploaded cannot be read"};
  const auto image = tools.decoder.decode(*sent.bytes, side_of_avatar);
  if (image.result == DecodedImage::Result::refused) return refuse(tools, *upload, file, image.reason);
  if (image.result == DecodedImage::Result::away) return {JobEnd::How::later, image.reason};

  // The file before its row; without the row it is nobody's, and tidy takes it.
  const auto name = tools.media.keep(image.jpeg);
  if (!name) return {JobEnd::How::later, "there is no room for the image"};
  // The user before the upload, as those lock them who delete an account.
  const auto outcome = tools.ask({{&q::lock_user_of_upload, pg::Params().add(*upload)},
                                  {&q::finish_avatar, pg::params_of(*upload, std::string_view(*name))}});
  if (!outcome.ok()) return not_answered(outcome);
  const auto& row = outcome.results.back();
  if (row.size() == 0) {
    tools.media.drop(*name);
  } else if (const auto former = row.text_or_null(0, 0)) {
    tools.media.drop(*former);
  }
  tools.media.drop_quarantined(file);
  return {};
}

}  // namespace epicura::jobs
