#include "schema/mail/wire_address.hpp"

#include <idn2.h>

#include <algorithm>
#include <cstdint>

#include "schema/email.hpp"

namespace epicura::mail {

std::optional<WireAddress> WireAddress::of(std::string_view email) {
  const auto address = parse_email(email);
  if (!address) return std::nullopt;
  const auto domain_at = address->find('@') + 1;
  const std::string domain = address->substr(domain_at);
  // libcurl would do the same by the locale's alphabet, which the program leaves at "C".
  std::uint8_t* ascii = nullptr;
  const int code = ::idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(domain.c_str()), &ascii,
                                    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  if (code != IDN2_OK) return std::nullopt;
  const auto wire = parse_email(address->substr(0, domain_at) + reinterpret_cast<const char*>(ascii));
  ::idn2_free(ascii);
  if (!wire) return std::nullopt;
  return WireAddress(*wire);
}

bool WireAddress::needs_utf8() const {
  return std::any_of(text_.begin(), text_.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace epicura::mail
