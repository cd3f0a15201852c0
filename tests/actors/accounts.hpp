#pragma once
// The API with words for accounts: people who sign up and in, and the mails that they would find.

#include "schema/totp.hpp"
#include "tests/actors/api_house.hpp"
#include "tests/pg/session.hpp"

namespace epicura::tests {

inline const std::string good_password = "correct horse battery staple";

inline std::string credentials(const std::string& email, const std::string& password = good_password) {
  return dump_json({{"email", email}, {"password", password}});
}
inline std::string refresh_body(const Answer& signed_in) {
  return dump_json({{"refresh_token", signed_in.body.at("refresh_token")}});
}
inline std::string bearer(const Answer& signed_in) {
  return "Bearer " + signed_in.body.at("access_token").get<std::string>();
}

struct Accounts : ApiHouse {
  Answer sign_up(const std::string& email, const std::string& password = good_password) {
    return ask("POST", "/auth/register", {}, credentials(email, password));
  }
  Answer log_in(const std::string& email, const std::string& password = good_password) {
    return ask("POST", "/auth/login", {}, credentials(email, password));
  }
  Answer refresh(const Answer& signed_in) { return ask("POST", "/auth/refresh", {}, refresh_body(signed_in)); }
  Answer me(const Answer& signed_in) { return ask("GET", "/auth/me", bearer(signed_in)); }
  Answer reauthenticate(const Answer& signed_in, const std::string& password = good_password) {
    return ask("POST", "/auth/reauth", bearer(signed_in), dump_json({{"password", password}}));
  }
  Answer verify(const std::string& token) {
    return ask("POST", "/auth/email/verify", {}, dump_json({{"token", token}}));
  }
  Answer reset(const std::string& token, const std::string& password) {
    return ask("POST", "/auth/password/reset", {}, dump_json({{"token", token}, {"password", password}}));
  }
  Answer forget(const std::string& email) {
    return ask("POST", "/auth/password/forgot", {}, dump_json({{"email", email}}));
  }
  // As if it had been so long ago that the last refresh token was used.
  void pass_grace() { sql("update token_families set rotated_at = rotated_at - interval '11 s'"); }

  std::string value(const std::string& select) { return pg::Session(conninfo).ask(select); }
  // The newest mail of this kind whose link can still be followed: what stands in its link. Empty: none was sent.
  std::string link(MailLinkPurpose purpose) {
    const auto id =
        Uuid::parse(value("select l.id from mail_links l join jobs j on j.args->>'link' = l.id::text "
                          "where j.kind = 'mail' and l.purpose = '" +
                          std::string(name(purpose)) + "' order by l.id desc limit 1"));
    return id ? mail_links.issue(purpose, *id) : std::string();
  }
  // How many mails of this name are to be sent.
  int mails(const std::string& name) {
    return std::stoi(value("select count(*) from jobs where kind = 'mail' and args->>'mail' = '" + name + "'"));
  }
};

}  // namespace epicura::tests
