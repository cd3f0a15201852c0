#include "actors/routes/new_password.hpp"

#include "schema/password.hpp"

namespace epicura::routes {

namespace {

struct FaultInWords {
  PasswordFault fault;
  const char* code;
  const char* detail;
};
constexpr FaultInWords faults[] = {
    {PasswordFault::too_short, "too_short", "at least 8 characters"},
    {PasswordFault::too_long, "too_long", "at most 1,024 characters"},
    {PasswordFault::has_nul, "bad_value", "a text without a NUL"},
    {PasswordFault::not_utf8, "bad_value", "a text in UTF-8"},
    {PasswordFault::too_common, "too_common", "one of the first that anybody tries; choose another"},
};

}  // namespace

std::optional<http::FieldError> fault_of_password(std::string_view pointer, std::string_view password) {
  const auto fault = check_new_password(password);
  if (!fault) return std::nullopt;
  const auto& words = faults[static_cast<std::size_t>(*fault)];
  return http::FieldError{std::string(pointer), words.code, words.detail};
}

}  // namespace epicura::routes
