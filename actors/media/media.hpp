#pragma once
// What the routes of images share.

#include <string>

#include "actors/media/media_store.hpp"
#include "http/budget.hpp"
#include "schema/settings/settings.hpp"
#include "schema/upload_token.hpp"

namespace epicura {

struct Media {
  explicit Media(const Settings& settings)
      : store(settings.media_dir),
        tokens({settings.upload_secret, settings.upload_secret_previous}),
        base_url(settings.media_base_url.empty() ? settings.public_url + "/media" : settings.media_base_url) {}

  std::string url_of(std::string_view file) const { return base_url + "/" + std::string(file); }

  const MediaStore store;
  const UploadTokens tokens;
  const std::string base_url;
  http::Budget bodies{std::size_t{64} << 20};  // of uploads, from when they have come in until they are written
};

}  // namespace epicura
