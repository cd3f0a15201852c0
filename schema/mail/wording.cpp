#include "schema/mail/wording.hpp"

#include <stdexcept>

namespace epicura::mail {

namespace {

constexpr std::string_view not_you =
    "If that was not you, somebody else may know your password. Choose a new one at once, with \"Forgot password\" in "
    "the "
    "app: that also signs out every phone.";

constexpr std::string_view verify_before[] = {
    "please confirm that this e-mail address is yours. Then you can add "
    "devices to your account and share them."};
constexpr std::string_view verify_after[] = {
    "The link works until {when}.",
    "If you have not made an account with Epicura, ignore this mail: somebody has mistyped an address."};

constexpr std::string_view reset_before[] = {
    "somebody, we hope you, asked for a new password of your Epicura account."};
constexpr std::string_view reset_after[] = {"The link works once and for one hour, until {when}.",
                                            "If it was not you, ignore this mail: your password stays as it is. Never "
                                            "pass this link on; nobody at Epicura asks "
                                            "for it."};

constexpr std::string_view password_before[] = {
    "the password of your Epicura account was changed on {when}. All other phones and computers were signed out.",
    not_you};

constexpr std::string_view change_before[] = {
    "you want to use this e-mail address for your Epicura account. Please "
    "confirm that it is yours."};
constexpr std::string_view change_after[] = {
    "The link works until {when}. Before you open it, your account keeps the address it has.",
    "If you know nothing of this, ignore this mail: somebody has mistyped an address."};

constexpr std::string_view told_before[] = {
    "the e-mail address of your Epicura account was changed to another one. If that was you, there is nothing to do.",
    "If it was not you, take it back here:"};
constexpr std::string_view told_after[] = {"The link works for 72 hours, until {when}."};

constexpr std::string_view mfa_on_before[] = {
    "signing in with a second factor was turned on for your Epicura account on {when}. Keep your recovery codes where "
    "you find them without your phone.",
    not_you};

constexpr std::string_view mfa_off_before[] = {
    "signing in with a second factor was turned off for your Epicura account on {when}. The password alone is enough "
    "now.",
    not_you};

constexpr std::string_view deleted_before[] = {
    "your Epicura account is deleted, as it was asked for. Your devices are free for others.",
    "You can still restore the account: sign in until {when}, and the app offers it. After that everything we keep "
    "about "
    "you is erased for good.",
    "If you have not deleted it, restore it now, and choose a new password."};

constexpr std::string_view restored_before[] = {
    "the deletion of your Epicura account was taken back on {when}. Everything we keep about you is as it was; sign in "
    "again on your phones, and add your devices anew.",
    not_you};

constexpr Wording verify_email{"Verify your e-mail address", verify_before, "Verify this address", verify_after};
constexpr Wording reset_password{"Reset your password", reset_before, "Choose a new password", reset_after};
constexpr Wording password_changed{"Your password was changed", password_before, {}, {}};
constexpr Wording change_email{"Confirm your new e-mail address", change_before, "Confirm this address", change_after};
constexpr Wording email_change_told{"Your e-mail address was changed", told_before, "Undo the change", told_after};
constexpr Wording mfa_turned_on{"Second factor turned on", mfa_on_before, {}, {}};
constexpr Wording mfa_turned_off{"Second factor turned off", mfa_off_before, {}, {}};
constexpr Wording account_deleted{"Your account is deleted", deleted_before, {}, {}};
constexpr Wording account_restored{"Your account is restored", restored_before, {}, {}};

}  // namespace

const Wording& wording_of(Kind kind) {
  switch (kind) {
    case Kind::verify_email:
      return verify_email;
    case Kind::reset_password:
      return reset_password;
    case Kind::password_changed:
      return password_changed;
    case Kind::change_email:
      return change_email;
    case Kind::email_change_told:
      return email_change_told;
    case Kind::mfa_turned_on:
      return mfa_turned_on;
    case Kind::mfa_turned_off:
      return mfa_turned_off;
    case Kind::account_deleted:
      return account_deleted;
    case Kind::account_restored:
      return account_restored;
  }
  throw std::logic_error("no such kind of mail");
}

}  // namespace epicura::mail
