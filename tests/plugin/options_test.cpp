#include "bridge/plugin/options.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>

using namespace epicura::bridge::plugin;

namespace {

const std::string secret32 = "12345678901234567890123456789012";

struct Given {
  std::string key_file = "/tmp/epicura-key-" + std::to_string(getpid());
  std::map<std::string, std::string> options = {{"socket_path", "/run/s"},          {"bridge_user", "b"},
                                                {"bridge_password_file", key_file}, {"token_key_file", key_file},
                                                {"persistence_file", "p"},          {"backlog_limit_mib", "512"}};

  explicit Given(const std::string& secret = secret32) { std::ofstream(key_file) << secret; }
  ~Given() { std::remove(key_file.c_str()); }

  std::string refusal() const {
    try {
      read_options(options);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }
};

}  // namespace

TEST_CASE("options are read, and a secret ends before its newline") {
  const Given given(secret32 + "\r\n");
  const Options options = read_options(given.options);
  CHECK(options.doors.token_key == secret32);
  CHECK(options.doors.bridge_password == secret32);
  CHECK(options.doors.socket_path == "/run/s");
  CHECK(options.backlog_limit_bytes == 512UL << 20);
}

TEST_CASE("what is wrong is said by name, with what is legal") {
  for (const auto& [option, value] : Given().options) {
    Given given;
    given.options.erase(option);
    CHECK(given.refusal() == "plugin_opt_" + option + " is missing");
  }
  Given given;
  given.options["tokenkey_file"] = "x";
  CHECK(given.refusal() == "plugin_opt_tokenkey_file is not an option of this plugin");

  CHECK(Given(secret32.substr(1) + "\n").refusal().ends_with("holds a secret of 31 bytes; legal are 32 to 4096"));
  CHECK(Given(std::string(5000, 'k')).refusal().find("legal are 32 to 4096") != std::string::npos);

  Given no_file;
  no_file.options["token_key_file"] = "/tmp/epicura-no-such-file";
  CHECK(no_file.refusal() ==
        "plugin_opt_token_key_file: cannot read '/tmp/epicura-no-such-file': No such file or directory");
  for (const std::string limit : {"", "0", "15", "-1", "512M", "99999999999999999999"}) {
    Given bad;
    bad.options["backlog_limit_mib"] = limit;
    CHECK(bad.refusal().find("legal are 16 to 1048576 (MiB)") != std::string::npos);
  }
}
