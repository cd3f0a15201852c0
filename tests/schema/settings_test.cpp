#include "schema/settings/settings.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "schema/settings/rules.hpp"

using namespace epicura;

namespace {

// Secrets come from here, so that no test leaves files beside the sources.
struct Place {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("epicura-settings-" + std::to_string(getpid()));
  Place() { std::filesystem::create_directories(path); }
  ~Place() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path / name) << text;
    return (path / name).string();
  }
  SettingSources sources(std::map<std::string, std::string> environment) const {
    environment.emplace("EPICURA_SECRETS_DIR", (path / "secrets").string());
    return {"", (path / "dotenv").string(), std::move(environment), {}};
  }
};

std::string complaint(const SettingSources& sources) {
  const auto loaded = load_settings(sources);
  REQUIRE_FALSE(loaded);
  return loaded.error().detail;
}

const std::pair<const std::string, std::string> development{"EPICURA_ENVIRONMENT", "development"};

}  // namespace

TEST_CASE("default, file, .env, environment, flag: each wins over the one before") {
  const Place place;
  auto sources = place.sources({development});
  CHECK(load_settings(sources)->values.port == 3000);
  sources.config_file = place.file("conf", "port = 3100  # why\n\n# all of it a remark\nlog_level = debug\n");
  CHECK(load_settings(sources)->values.port == 3100);
  CHECK(load_settings(sources)->values.log_level == "debug");
  place.file("dotenv", "export EPICURA_PORT='3200'\nOTHER=1\n");
  CHECK(load_settings(sources)->values.port == 3200);
  sources.environment["PORT"] = "3300";
  CHECK(load_settings(sources)->values.port == 3300);
  sources.environment["EPICURA_PORT"] = "3400";
  CHECK(load_settings(sources)->values.port == 3400);
  sources.flags = {{"port", "3500"}};
  CHECK(load_settings(sources)->values.port == 3500);
}

TEST_CASE("the names of the older plans work") {
  const Place place;
  const auto loaded = load_settings(place.sources({{"NODE_ENV", "test"},
                                                   {"DATABASE_URL", "postgres://db/x"},
                                                   {"MQTT_BROKER_URL", "mqtt://127.0.0.1:1884"},
                                                   {"JWT_SECRET", std::string(32, 's')},
                                                   {"JWT_REFRESH_SECRET", std::string(32, 'r')},
                                                   {"REDIS_URL", "redis://x"}}));
  REQUIRE(loaded);
  CHECK(loaded->values.environment == "test");
  CHECK(loaded->values.database_url == "postgres://db/x");
  CHECK(loaded->values.mqtt_broker_url == "mqtt://127.0.0.1:1884");
  CHECK(loaded->values.jwt_secret == std::string(32, 's'));
  CHECK(loaded->values.jwt_refresh_secret == std::string(32, 'r'));
  REQUIRE(loaded->remarks.size() == 1);
  CHECK(loaded->remarks[0].find("REDIS_URL") != std::string::npos);
}

TEST_CASE("a bad value stops the start with a message that says what is legal") {
  const Place place;
  CHECK(complaint(place.sources({development, {"PORT", "70000"}})).find("0 to 65535") != std::string::npos);
  CHECK(complaint(place.sources({development, {"PORT", "3000x"}})).find("PORT") != std::string::npos);
  CHECK(complaint(place.sources({{"EPICURA_ENVIRONMENT", "prod"}})).find("development|test|staging|production") !=
        std::string::npos);
  CHECK(complaint(place.sources({development, {"EPICURA_PROT", "1"}})).find("EPICURA_PROT") != std::string::npos);
  const auto short_secret = complaint(place.sources({development, {"JWT_SECRET", "hush"}}));
  CHECK(short_secret.find("32 bytes") != std::string::npos);
  CHECK(short_secret.find("hush") == std::string::npos);
  CHECK(complaint(place.sources({development, {"EPICURA_HTTP_ADDRESS", "0.0.0.0"}})).find("loopback") !=
        std::string::npos);
  auto sources = place.sources({development});
  sources.config_file = place.file("conf", "colour = red\n");
  CHECK(complaint(sources).find("colour") != std::string::npos);
  sources.config_file = "/nonexistent/epicura.conf";
  CHECK(complaint(sources).find("cannot be read") != std::string::npos);
}

TEST_CASE("development makes its secrets once; production wants them set") {
  const Place place;
  const auto first = load_settings(place.sources({development}));
  REQUIRE(first);
  CHECK(first->values.jwt_secret.size() == 64);
  CHECK(load_settings(place.sources({development}))->values.jwt_secret == first->values.jwt_secret);
  const auto mode = std::filesystem::status(place.path / "secrets" / "jwt_secret").permissions();
  CHECK(mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  std::filesystem::remove_all(place.path / "secrets");
  CHECK(complaint(place.sources({})).find("jwt_secret") != std::string::npos);
}

TEST_CASE("the previous key of access tokens is set during a rotation, and is never made") {
  const Place place;
  const auto none = load_settings(place.sources({development}));
  REQUIRE(none);
  CHECK(none->values.jwt_secret_previous.empty());
  CHECK(std::filesystem::exists(place.path / "secrets" / "jwt_refresh_secret"));
  CHECK_FALSE(std::filesystem::exists(place.path / "secrets" / "jwt_secret_previous"));
  const auto set = load_settings(place.sources({development, {"EPICURA_JWT_SECRET_PREVIOUS", std::string(32, 'p')}}));
  REQUIRE(set);
  CHECK(set->values.jwt_secret_previous == std::string(32, 'p'));
  const auto cut = complaint(place.sources({development, {"EPICURA_JWT_SECRET_PREVIOUS", std::string(31, 'p')}}));
  CHECK(cut.find("jwt_secret_previous") != std::string::npos);
  place.file("secrets/jwt_secret_previous", std::string(40, 'f') + "\n");
  CHECK(load_settings(place.sources({development}))->values.jwt_secret_previous == std::string(40, 'f'));
  place.file("secrets/jwt_secret_previous", "short\n");
  CHECK(complaint(place.sources({development})).find("jwt_secret_previous") != std::string::npos);
}

TEST_CASE("access and refresh tokens have keys of their own") {
  const Place place;
  const std::string key(32, 's');
  const auto same = complaint(place.sources({development, {"JWT_SECRET", key}, {"JWT_REFRESH_SECRET", key}}));
  CHECK(same.find("jwt_refresh_secret") != std::string::npos);
  CHECK(same.find(key) == std::string::npos);
  CHECK(complaint(place.sources({development, {"EPICURA_JWT_SECRET_PREVIOUS", key}, {"JWT_REFRESH_SECRET", key}}))
            .find("jwt_secret_previous") != std::string::npos);
  const std::string other(32, 'r');
  CHECK(load_settings(place.sources({development, {"JWT_SECRET", key}, {"JWT_REFRESH_SECRET", other}})));
  // Production makes no secret: each is asked for by its name.
  CHECK(complaint(place.sources({{"JWT_SECRET", key}})).find("jwt_refresh_secret") != std::string::npos);
}

TEST_CASE("links in mails, second factors and API keys have keys of their own, and keys before them") {
  const Place place;
  const auto made = load_settings(place.sources({development}));
  REQUIRE(made);
  CHECK(made->values.mail_link_secret.size() == 64);
  CHECK(made->values.mfa_secret.size() == 64);
  CHECK(made->values.mail_link_secret_previous.empty());
  CHECK(made->values.mfa_secret_previous.empty());
  CHECK(made->values.api_key_secret.size() == 64);
  CHECK(made->values.api_key_secret_previous.empty());
  CHECK(made->values.upload_secret.size() == 64);
  CHECK(made->values.upload_secret_previous.empty());
  CHECK_FALSE(std::filesystem::exists(place.path / "secrets" / "mail_link_secret_previous"));
  CHECK_FALSE(std::filesystem::exists(place.path / "secrets" / "mfa_secret_previous"));
  const std::string key(32, 'k');
  for (const std::string name : {"MAIL_LINK_SECRET", "MFA_SECRET", "API_KEY_SECRET", "UPLOAD_SECRET"}) {
    CAPTURE(name);
    CHECK(load_settings(place.sources({development, {"EPICURA_" + name, key}})));
    CHECK(load_settings(place.sources({development, {"EPICURA_" + name + "_PREVIOUS", key}})));
    // Within a kind the same key twice does no harm.
    CHECK(
        load_settings(place.sources({development, {"EPICURA_" + name, key}, {"EPICURA_" + name + "_PREVIOUS", key}})));
    for (const auto& own : {name, name + "_PREVIOUS"}) {
      const auto cut = complaint(place.sources({development, {"EPICURA_" + own, std::string(31, 'k')}}));
      CHECK(cut.find("32 bytes") != std::string::npos);
      for (const std::string other :
           {"JWT_SECRET", "JWT_SECRET_PREVIOUS", "JWT_REFRESH_SECRET", "DEVICE_TOKEN_SECRET", "BRIDGE_PASSWORD"}) {
        CAPTURE(other);
        const auto same = complaint(place.sources({development, {"EPICURA_" + own, key}, {"EPICURA_" + other, key}}));
        CHECK(same.find("legal is another secret than") != std::string::npos);
        CHECK(same.find(key) == std::string::npos);
      }
    }
  }
  for (const auto* mail : {"EPICURA_MAIL_LINK_SECRET", "EPICURA_MAIL_LINK_SECRET_PREVIOUS"}) {
    for (const auto* other : {"EPICURA_MFA_SECRET", "EPICURA_MFA_SECRET_PREVIOUS", "EPICURA_API_KEY_SECRET",
                              "EPICURA_API_KEY_SECRET_PREVIOUS"})
      CHECK_FALSE(load_settings(place.sources({development, {mail, key}, {other, key}})));
  }
  const auto production = [&](std::map<std::string, std::string> more) {
    more.insert({{"JWT_SECRET", std::string(32, 's')}, {"JWT_REFRESH_SECRET", std::string(32, 'r')}});
    auto sources = place.sources(std::move(more));
    sources.environment["EPICURA_SECRETS_DIR"] = (place.path / "none").string();
    return complaint(sources);
  };
  CHECK(production({}).find("mail_link_secret is not set") != std::string::npos);
  CHECK(production({{"EPICURA_MAIL_LINK_SECRET", key}}).find("mfa_secret is not set") != std::string::npos);
  CHECK(production({{"EPICURA_MAIL_LINK_SECRET", key}, {"EPICURA_MFA_SECRET", std::string(32, 'm')}})
            .find("api_key_secret is not set") != std::string::npos);
}

TEST_CASE("images come from the program, or from a CDN that is named as such") {
  const Place place;
  for (const std::string good :
       {"", "https://cdn.example.org", "https://cdn.example.org/media", "http://127.0.0.1:81/m"})
    CHECK_MESSAGE(load_settings(place.sources({development, {"EPICURA_MEDIA_BASE_URL", good}})), good);
  for (const std::string bad : {"cdn.example.org", "ftp://cdn.example.org", "https://cdn.example.org/",
                                "https://cdn.example.org/m?x=1", "https://"})
    CHECK_MESSAGE(
        complaint(place.sources({development, {"EPICURA_MEDIA_BASE_URL", bad}})).starts_with("media_base_url"), bad);
}

TEST_CASE("how long tokens and log-ins live") {
  const Place place;
  const auto loaded = load_settings(place.sources({development}));
  REQUIRE(loaded);
  CHECK(loaded->values.access_token_ttl_s == 15 * 60);
  CHECK(loaded->values.refresh_idle_ttl_s == 30 * 86'400);
  CHECK(loaded->values.refresh_ttl_s == 90 * 86'400);
  for (const auto* ttl : {"59", "86401", "15m"})
    CHECK_MESSAGE(!load_settings(place.sources({development, {"EPICURA_ACCESS_TOKEN_TTL_S", ttl}})), ttl);
}

TEST_CASE("in production plaintext stays on loopback") {
  const Place place;
  const auto with = [&](const std::string& name, const std::string& value) {
    return place.sources({{"JWT_SECRET", std::string(32, 's')},
                          {"JWT_REFRESH_SECRET", std::string(32, 'r')},
                          {"EPICURA_MAIL_LINK_SECRET", std::string(32, 'l')},
                          {"EPICURA_MFA_SECRET", std::string(32, 'm')},
                          {"EPICURA_UPLOAD_SECRET", std::string(32, 'u')},
                          {"EPICURA_API_KEY_SECRET", std::string(32, 'a')},
                          {"EPICURA_DEVICE_TOKEN_SECRET", std::string(32, 's')},
                          {"EPICURA_BRIDGE_PASSWORD", std::string(32, 's')},
                          {"EPICURA_SMTP_URL", "smtps://mail.example.org"},
                          {"EPICURA_MAIL_FROM", "no-reply@epicura.example"},
                          {name, value}});
  };
  CHECK(load_settings(with("DATABASE_URL", "postgres://u:p@127.0.0.1/db")));
  CHECK(load_settings(with("DATABASE_URL", "postgres://u:p@db.example.org/db?sslmode=verify-full")));
  CHECK_FALSE(load_settings(with("DATABASE_URL", "postgres://u:p@db.example.org/db")));
  for (const auto* sly :
       {"host=db.example.org dbname=x", "postgres://u:p@127.0.0.1,db.example.org/x", "postgres://u:p@127.example.org/x",
        "postgres://u:p@127.0.0.1/x?host=db.example.org", "postgres://u:sslmode=require@db.example.org/x"}) {
    CAPTURE(sly);
    CHECK_FALSE(load_settings(with("DATABASE_URL", sly)));
  }
  CHECK(load_settings(with("DATABASE_URL", "postgres:///epicura?host=/run/postgresql")));
  CHECK_FALSE(load_settings(with("NATS_URL", "nats.example.org:4222")));
  CHECK_FALSE(load_settings(with("NATS_URL", "nats://u:p@127.0.0.1:notaport")));
  CHECK_FALSE(load_settings(with("EPICURA_PUBLIC_URL", "epicura.example.org")));
  CHECK_FALSE(load_settings(with("EPICURA_HTTP_ADDRESS", "localhost")));
  CHECK_FALSE(load_settings(with("NATS_URL", "nats://u:p@nats.example.org:4222")));
  CHECK(load_settings(with("NATS_URL", "tls://u:p@nats.example.org:4222")));
  CHECK_FALSE(load_settings(with("MQTT_BROKER_URL", "mqtt://127.0.0.1:99999")));
  CHECK_FALSE(load_settings(with("MQTT_BROKER_URL", "mqtt://broker.example.org:1883")));
  CHECK_FALSE(load_settings(with("MQTT_BROKER_URL", "mqtts://broker.example.org:8883")));
}

TEST_CASE("proxies are addresses or blocks, origins are what browsers send") {
  const Place place;
  const auto taken = [&](const std::string& name, const std::string& value) {
    return static_cast<bool>(load_settings(place.sources({development, {name, value}})));
  };
  for (const char* proxies : {"127.0.0.1", "10.0.0.0/8, fd00::/8", "::1,"})
    CHECK_MESSAGE(taken("EPICURA_TRUSTED_PROXIES", proxies), proxies);
  for (const char* proxies : {"nginx", "10.0.0.0/33", "10.0.0.1:80", "10.0.0.1 10.0.0.2"})
    CHECK_MESSAGE(!taken("EPICURA_TRUSTED_PROXIES", proxies), proxies);
  for (const char* origins : {"*", "https://app.example.org", "http://localhost:5173, https://app.example.org"})
    CHECK_MESSAGE(taken("EPICURA_CORS_ORIGINS", origins), origins);
  for (const char* origins : {"app.example.org", "https://app.example.org/", "https://App.example.org", "https://",
                              "ftp://app.example.org", "https://u@app.example.org", "https://a.example x", "null"})
    CHECK_MESSAGE(!taken("EPICURA_CORS_ORIGINS", origins), origins);
  CHECK(complaint(place.sources({development, {"EPICURA_TRUSTED_PROXIES", "::1, nginx"}})).find("'nginx'") !=
        std::string::npos);
}

TEST_CASE("the parts of a URL") {
  const auto parts = parts_of_url("nats://user:p@ss@host.example:4222");
  CHECK(parts.host == "host.example");
  CHECK(parts.user == "user");
  CHECK(parts.password == "p@ss");
  CHECK(parts.port == 4222);
  CHECK(parts_of_url("postgres://[::1]:5432/db").host == "[::1]");
  CHECK(parts_of_url("postgres://[::1]:5432/db").port == 5432);
  CHECK(parts_of_url("unix:///run/x.sock").host.empty());
  CHECK(parts_of_url("mqtt://host:1x").bad_port);
  CHECK(parts_of_url("mqtt://host:0").bad_port);
  CHECK_FALSE(parts_of_url("mqtt://host").port);
  CHECK(is_loopback("127.0.0.1"));
  CHECK_FALSE(is_loopback("128.0.0.1"));
}

TEST_CASE("the settings file that is shipped names every setting with its default") {
  std::ifstream file(EPICURA_SOURCE_DIR "/conf/epicura.conf");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  CHECK(text == annotated_settings());
}
