#pragma once
// The token in an upload's URL. It says all that the upload may be and carries its own proof, so a request that does
// not fit is refused before anybody is asked:
//   base64url(id, 16 bytes | expiry, ms since the epoch, 8 | length, 4 | format, 1 |
//             the first 16 of HMAC-SHA256(key, "upload" | all of that)), numbers with their highest byte first.
// That it is good for once is in the upload's row.

#include <optional>
#include <string>
#include <string_view>

#include "schema/image_header.hpp"
#include "schema/signing_keys.hpp"
#include "schema/time.hpp"
#include "schema/uuid.hpp"

namespace epicura {

struct UploadGrant {
  Uuid id;               // of the row
  Timestamp expires_at;  // after 1970
  std::uint32_t length = 0;
  ImageFormat format = ImageFormat::jpeg;

  bool operator==(const UploadGrant&) const = default;
};

// Makes and reads them with the settings upload_secret and upload_secret_previous. Any thread.
class UploadTokens {
 public:
  explicit UploadTokens(SigningKeys keys);
  std::string issue(const UploadGrant& grant) const;  // 60 letters
  // Absent: not ours. Whether it has expired is the caller's to look at. A token has one text.
  std::optional<UploadGrant> read(std::string_view text) const;

 private:
  SigningKeys keys_;
};

}  // namespace epicura
