#pragma once
// Every setting of the program: name, unit, default, bounds and a sentence, in one table. Where a value comes from:
// default < file < .env < environment (EPICURA_NAME, or an older name) < flag. A bad value stops the start.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "schema/error.hpp"
#include "schema/observe/log.hpp"

namespace epicura {

struct Settings {
  std::string environment;
  std::string log_level;
  std::string log_format;
  bool access_log = false;
  std::string secrets_dir;

  std::string database_url;
  std::string nats_url;
  std::string nats_ops_url;
  std::string mqtt_broker_url;
  std::string mqtt_host;
  std::int64_t mqtt_port = 0;

  std::string http_address;
  std::int64_t port = 0;
  std::string ops_address;
  std::int64_t ops_port = 0;
  std::int64_t http_workers = 0;
  std::int64_t request_deadline_ms = 0;
  std::int64_t max_requests = 0;
  std::int64_t max_connections = 0;
  std::int64_t max_connections_per_address = 0;
  std::int64_t max_buffered_bytes = 0;
  std::int64_t read_deadline_ms = 0;
  std::int64_t write_deadline_ms = 0;
  std::int64_t idle_deadline_ms = 0;
  std::string trusted_proxies;
  std::string cors_origins;
  std::string public_url;

  std::string jwt_secret;
  std::string jwt_secret_previous;
  std::string jwt_refresh_secret;
  std::string mail_link_secret;
  std::string mail_link_secret_previous;
  std::string mfa_secret;
  std::string mfa_secret_previous;
  std::string api_key_secret;
  std::string api_key_secret_previous;
  std::string upload_secret;
  std::string upload_secret_previous;
  std::string device_token_secret;
  std::string bridge_password;
  std::int64_t access_token_ttl_s = 0;
  std::int64_t refresh_idle_ttl_s = 0;
  std::int64_t refresh_ttl_s = 0;

  std::string smtp_url;
  std::string smtp_user;
  std::string smtp_password;
  std::string mail_from;
  std::string mail_dir;

  std::string media_dir;
  std::string media_base_url;

  std::int64_t quota_user_per_min = 0;
  std::int64_t quota_auth_per_min = 0;
  std::int64_t quota_failed_log_ins = 0;
  std::int64_t quota_readings_per_s = 0;

  std::int64_t telemetry_max_bytes = 0;
  std::int64_t device_max_bytes = 0;
  std::int64_t dead_letter_max_bytes = 0;
  std::int64_t writer_linger_ms = 0;
  std::int64_t writer_batch_rows = 0;
  std::int64_t retention_days = 0;
  std::int64_t presence_timeout_s = 0;
  std::int64_t twin_idle_s = 0;
  std::int64_t password_threads = 0;
  std::int64_t scheduler_threads = 0;
  bool migrate = false;

  bool is_development() const { return environment == "development" || environment == "test"; }
};

struct Setting {
  std::string_view name;
  std::string_view unit;        // "", "bytes", "ms", ...
  std::string_view fallback;    // the default, as it would stand in the file
  std::string_view older_name;  // an environment name of the older plans, or empty
  std::variant<std::string Settings::*, std::int64_t Settings::*, bool Settings::*> field;
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::string_view choices;  // "a|b|c", or empty
  bool secret = false;       // at least 32 bytes, unless others chose it; never printed
  std::string_view sentence;
  bool may_be_absent = false;  // a secret that the program can do without: none is demanded or made
  bool of_others = false;      // a secret that another system chose: of any length
};

std::span<const Setting> all_settings();

struct SettingSources {
  std::string config_file;                                 // "" : none
  std::string dotenv_file = ".env";                        // read where it exists
  std::map<std::string, std::string> environment;          // of the process
  std::vector<std::pair<std::string, std::string>> flags;  // name (with _ or -), value
  bool to_serve = true;  // false: a client's; secrets are not looked for, and the settings not judged together
};

struct LoadedSettings {
  Settings values;
  std::vector<std::string> remarks;  // to be logged once: names that are accepted and not needed
};

// The error's detail names the setting, what was found, where it came from, and what is legal.
Result<LoadedSettings> load_settings(const SettingSources& sources);
std::map<std::string, std::string> process_environment();

// The annotated file with every default, as `epicura settings` prints it and conf/epicura.conf holds it.
std::string annotated_settings();

log::Level log_level_of(const Settings& settings);
log::Form log_form_of(const Settings& settings);

}  // namespace epicura
