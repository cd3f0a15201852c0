#pragma once
// Images: how one comes to be a person's avatar, and how anybody gets it.

#include "http/route.hpp"

namespace epicura::http {

inline constexpr std::size_t longest_upload = std::size_t{10} << 20;  // bytes
inline constexpr std::array<std::string_view, 3> upload_types{"image/jpeg", "image/png", "image/webp"};

inline constexpr std::array upload_in_path{
    Parameter{.name = "token",
              .description = "what upload_url ends with",
              .example = "AZjA3gAAcACAAAAAAAAA8QAAAZjA3gAAAAPoAABxnWrJt0kqzv1mY3nT8kWQ"},
};
inline constexpr std::array media_in_path{
    Parameter{
        .name = "file", .description = "what avatar_url ends with", .example = "0f1e2d3c4b5a69788796a5b4c3d2e1f0.jpg"},
};
inline constexpr std::array new_avatar_problems{Errc::forbidden, Errc::too_many_uploads};
inline constexpr std::array confirm_problems{Errc::forbidden, Errc::not_found, Errc::nothing_uploaded,
                                             Errc::image_refused};
inline constexpr std::array upload_problems{Errc::upload_not_valid, Errc::upload_used, Errc::unsupported_media_type};
inline constexpr std::array no_file{Errc::not_found};
inline constexpr std::array avatar_problems{Errc::forbidden};

inline constexpr std::array avatar_routes{
    Route{.method = Method::post,
          .path = "/users/me/avatar",
          .operation = Operation::request_avatar_upload,
          .name = "requestAvatarUpload",
          .access = Access::person,
          .counts = Counts::user,
          .idempotency = Idempotency::answer_secret,
          .body = "NewUpload",
          .success = {{{201, "Where the image is to be put within 5 minutes, and how.", "Upload"}}},
          .problems = new_avatar_problems,
          .tag = "users",
          .summary = "Begin a new avatar: a JPEG, PNG or WebP of at most 10 MiB and 40 million pixels",
          .who = "user, admin"},
    Route{.method = Method::post,
          .path = "/users/me/avatar/confirm",
          .operation = Operation::confirm_avatar,
          .name = "confirmAvatar",
          .access = Access::person,
          .counts = Counts::user,
          .body = "UploadConfirmation",
          .success = {{{202, "It is being decoded: ask the same again in a second.", "ConfirmedUpload"},
                       {200, "It is the avatar.", "ConfirmedUpload"}}},
          .problems = confirm_problems,
          .tag = "users",
          .summary = "Take the image that was put there; asked again, it says what became of it, or why it was refused",
          .who = "user, admin"},
    Route{.method = Method::del,
          .path = "/users/me/avatar",
          .operation = Operation::remove_avatar,
          .name = "removeAvatar",
          .access = Access::person,
          .counts = Counts::user,
          .success = {{{204, "There is no avatar any more.", {}, {}}}},
          .problems = avatar_problems,
          .tag = "users",
          .summary = "Take one's avatar away",
          .who = "user, admin"},
};

inline constexpr std::array media_routes{
    Route{.method = Method::put,
          .path = "/uploads/{token}",
          .operation = Operation::put_upload,
          .name = "putUpload",
          .access = Access::anyone,
          .in_path = upload_in_path,
          .body_types = upload_types,
          .max_body = longest_upload,
          .success = {{{204, "It is there; now it is to be confirmed.", {}, {}}}},
          .problems = upload_problems,
          .tag = "media",
          .summary = "Put an image where an upload was begun: once, of the length and type that were said",
          .who = "anyone, with the URL"},
    Route{.method = Method::get,
          .path = "/media/{file}",
          .operation = Operation::get_media,
          .name = "getMedia",
          .access = Access::anyone,
          .in_path = media_in_path,
          .success = {{{200, "The image.", {}, "image/jpeg"}, {304, "It is still the one with that ETag."}}},
          .problems = no_file,
          .tag = "media",
          .summary = "An image; under one name it is always the same",
          .who = "anyone"},
};

}  // namespace epicura::http
