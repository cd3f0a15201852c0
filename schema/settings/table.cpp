#include "schema/settings/settings.hpp"

namespace epicura {

std::span<const Setting> all_settings() {
  using S = Settings;
  static const Setting table[] = {
      {"environment", "", "production", "NODE_ENV", &S::environment, 0, 0, "development|test|staging|production", false,
       "what the program may allow itself: without it, nothing that is only fit for a developer's machine"},
      {"log_level", "", "info", "", &S::log_level, 0, 0, "debug|info|warning|error", false,
       "the least level that is logged"},
      {"secrets_dir", "", ".run/secrets", "", &S::secrets_dir, 0, 0, "", false,
       "a secret that is not set is read from the file of its name there; in development it is made there once"},

      {"database_url", "", "postgres://epicura@127.0.0.1:5432/epicura", "DATABASE_URL", &S::database_url, 0, 0, "",
       false, "PostgreSQL; off loopback in production only with sslmode=require or stricter"},
      {"nats_url", "", "nats://127.0.0.1:4222", "NATS_URL", &S::nats_url, 0, 0, "", false,
       "NATS with the user and password of the program; off loopback in production only tls://"},
      {"nats_ops_url", "", "", "NATS_OPS_URL", &S::nats_ops_url, 0, 0, "", false,
       "NATS with the user of ops, who may only subscribe: what `epicura watch` connects with"},
      {"mqtt_broker_url", "", "mqtt://127.0.0.1:1883", "MQTT_BROKER_URL", &S::mqtt_broker_url, 0, 0, "", false,
       "the broker as the bridge reaches it: unix:///path of its socket, or mqtt://host:port"},
      {"mqtt_host", "", "127.0.0.1", "", &S::mqtt_host, 0, 0, "", false,
       "the broker's host as devices are told at registration"},
      {"mqtt_port", "", "1883", "", &S::mqtt_port, 1, 65535, "", false,
       "the broker's port as devices are told at registration"},

      {"http_address", "", "127.0.0.1", "", &S::http_address, 0, 0, "", false,
       "where the API listens, a numeric address; development binds loopback only"},
      {"port", "", "3000", "PORT", &S::port, 0, 65535, "", false, "the API; 0 takes a free one"},
      {"ops_address", "", "127.0.0.1", "", &S::ops_address, 0, 0, "", false,
       "where the operations port listens, a numeric address that only operators reach: it asks for no token"},
      {"ops_port", "", "3001", "", &S::ops_port, 0, 65535, "", false,
       "health, readiness, metrics and twins, for operators only"},
      {"http_workers", "threads", "1", "", &S::http_workers, 1, 16, "", false, "reactor threads of the API"},
      {"request_deadline_ms", "ms", "10000", "", &S::request_deadline_ms, 100, 600'000, "", false,
       "after this a request is answered 504"},
      {"max_requests", "requests", "4096", "", &S::max_requests, 1, 1'000'000, "", false,
       "requests at work at one time; above it they are answered 503 with Retry-After"},
      {"public_url", "", "http://127.0.0.1:3000", "", &S::public_url, 0, 0, "", false,
       "the origin as clients see it; issuer of access tokens, and what absolute URLs are made from"},

      {"jwt_secret", "", "", "JWT_SECRET", &S::jwt_secret, 0, 0, "", true, "signs access tokens; at least 32 bytes"},
      {"device_token_secret", "", "", "", &S::device_token_secret, 0, 0, "", true,
       "proves device tokens; the broker's plugin has the same; at least 32 bytes"},
      {"bridge_password", "", "", "", &S::bridge_password, 0, 0, "", true,
       "the bridge's password at the broker; at least 32 bytes"},

      {"telemetry_max_bytes", "bytes", "4294967296", "", &S::telemetry_max_bytes, 1 << 20, std::int64_t{1} << 44, "",
       false,
       "stream TELEMETRY: how much is kept while PostgreSQL is away (4 GiB: about 70 minutes at 5,000 messages/s)"},
      {"device_max_bytes", "bytes", "536870912", "", &S::device_max_bytes, 1 << 20, std::int64_t{1} << 44, "", false,
       "stream DEVICE: status, events, acknowledgements"},
      {"dead_letter_max_bytes", "bytes", "536870912", "", &S::dead_letter_max_bytes, 1 << 20, std::int64_t{1} << 44, "",
       false, "stream DEAD_LETTER: what could not be kept, with its reason"},
      {"writer_linger_ms", "ms", "10", "", &S::writer_linger_ms, 0, 1000, "", false,
       "how long the first row of a batch waits for others"},
      {"writer_batch_rows", "rows", "5000", "", &S::writer_batch_rows, 1, 50'000, "", false,
       "rows in one insert at most"},
      {"retention_days", "days", "90", "", &S::retention_days, 8, 36'500, "", false,
       "readings older than this are dropped, a day's partition at a time"},
      {"presence_timeout_s", "s", "300", "", &S::presence_timeout_s, 5, 86'400, "", false,
       "a device that says it is online and is silent for this long counts as offline, reason timeout"},
      {"twin_idle_s", "s", "900", "", &S::twin_idle_s, 1, 86'400, "", false,
       "a device's actor that hears nothing for this long is let go, and made again on demand"},
      {"scheduler_threads", "threads", "2", "", &S::scheduler_threads, 1, 16, "", false, "threads that run the actors"},
      {"migrate", "", "false", "", &S::migrate, 0, 0, "", false,
       "serve brings the database's schema up to date before it starts"},
  };
  return table;
}

}  // namespace epicura
