// The settings of mail: what is legal, and that the mail server's password comes from a file and is not shown.
#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "schema/mail/mailbox.hpp"
#include "schema/settings/rules.hpp"

using namespace epicura;

namespace {

// Nothing wrong with it outside development.
Settings good() {
  Settings out;
  out.environment = "production";
  out.http_address = out.ops_address = "127.0.0.1";
  out.mqtt_broker_url = "unix:///run/mosquitto";
  out.database_url = "postgres://127.0.0.1/epicura";
  out.nats_url = "nats://127.0.0.1";
  out.public_url = "https://epicura.example";
  out.jwt_secret = "one";
  out.jwt_refresh_secret = "another";
  out.smtp_url = "smtp://mail.example:587";
  out.mail_from = "Epicura <no-reply@epicura.example>";
  return out;
}

std::string complaint(std::string Settings::*name, const std::string& value) {
  auto settings = good();
  settings.*name = value;
  const auto error = check_rules(settings);
  return error ? error->detail : "";
}

}  // namespace

TEST_CASE("the mail server is smtp:// or smtps://, without a password in it") {
  for (const char* url :
       {"smtp://127.0.0.1:25", "smtps://mail.example:465", "smtp://mail.example", "smtp://[::1]:2525"})
    CHECK_MESSAGE(complaint(&Settings::smtp_url, url).empty(), url);
  for (const char* url : {"mail.example:25", "http://mail.example", "smtp://", "smtp://user:hush@mail.example",
                          "smtp://mail.example:0", "smtp://mail.example:25/x", "smtp://mail.example?x", "smtp://@a"}) {
    CAPTURE(url);
    const auto said = complaint(&Settings::smtp_url, url);
    CHECK(said.find("smtp_url") != std::string::npos);
    CHECK(said.find("hush") == std::string::npos);
  }
}

TEST_CASE("without a mail server the program starts, says so, and mails wait") {
  CHECK(complaint(&Settings::smtp_url, "").empty());
  const auto said = [](const std::string& environment, const std::string& smtp_url) {
    SettingSources sources{"", "", {{"EPICURA_ENVIRONMENT", environment}, {"EPICURA_SMTP_URL", smtp_url}}, {}};
    char letter = 'a';  // no two secrets are alike
    for (const auto& setting : all_settings()) {
      if (setting.secret) sources.flags.emplace_back(setting.name, std::string(32, letter++));
    }
    const auto loaded = load_settings(sources);
    REQUIRE_MESSAGE(loaded, loaded.error().detail);
    const auto& remarks = loaded->remarks;
    return std::any_of(remarks.begin(), remarks.end(),
                       [](const std::string& one) { return one.find("smtp_url") != std::string::npos; });
  };
  CHECK(said("production", ""));
  CHECK_FALSE(said("production", "smtp://mail.example"));
  CHECK_FALSE(said("development", ""));
}

TEST_CASE("a sender is an address, with a name or without") {
  for (const char* from : {"no-reply@epicura.example", "<no-reply@epicura.example>", "Küche <a@bücher.example>"})
    CHECK_MESSAGE(complaint(&Settings::mail_from, from).empty(), from);
  for (const char* from : {"", "Epicura", "Epicura no-reply@epicura.example", "a@b.example>", "<a@b.example> Epicura",
                           "a@localhost", "küche@epicura.example", "a@b.example\r\nBcc: c@d.example"})
    CHECK_MESSAGE(!complaint(&Settings::mail_from, from).empty(), from);
  const auto named = mail::parse_mailbox("Epicura Cloud <no-reply@epicura.example>");
  REQUIRE(named);
  CHECK(named->name == "Epicura Cloud");
  CHECK(named->address == "no-reply@epicura.example");
}

TEST_CASE("the mail server's password has any length, comes from a file too, and is never made") {
  const auto place = std::filesystem::temp_directory_path() / ("epicura-mail-settings-" + std::to_string(getpid()));
  std::filesystem::create_directories(place);
  const SettingSources sources{
      "", "", {{"EPICURA_ENVIRONMENT", "development"}, {"EPICURA_SECRETS_DIR", place.string()}}, {}};
  CHECK(load_settings(sources)->values.smtp_password.empty());
  CHECK_FALSE(std::filesystem::exists(place / "smtp_password"));
  std::ofstream(place / "smtp_password") << "short\n";
  CHECK(load_settings(sources)->values.smtp_password == "short");
  auto set = sources;
  set.environment["EPICURA_SMTP_PASSWORD"] = "other";
  CHECK(load_settings(set)->values.smtp_password == "other");
  std::filesystem::remove_all(place);
}
