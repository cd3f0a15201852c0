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
                                                   {"REDIS_URL", "redis://x"}}));
  REQUIRE(loaded);
  CHECK(loaded->values.environment == "test");
  CHECK(loaded->values.database_url == "postgres://db/x");
  CHECK(loaded->values.mqtt_broker_url == "mqtt://127.0.0.1:1884");
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

TEST_CASE("in production plaintext stays on loopback") {
  const Place place;
  const auto with = [&](const std::string& name, const std::string& value) {
    return place.sources({{"JWT_SECRET", std::string(32, 's')},
                          {"EPICURA_DEVICE_TOKEN_SECRET", std::string(32, 's')},
                          {"EPICURA_BRIDGE_PASSWORD", std::string(32, 's')},
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
