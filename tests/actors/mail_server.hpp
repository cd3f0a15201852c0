#pragma once
// tests/actors/mail_server.py as a process of the test's own, on a free port of loopback.

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/stack/server_process.hpp"

namespace epicura::tests {

class MailServer {
 public:
  explicit MailServer(std::vector<std::string> options = {}, bool started = true) : options_(std::move(options)) {
    std::filesystem::create_directory(directory_ / "mails");
    if (started) start();
  }

  void start() {
    // Debian's own Python, which has Debian's aiosmtpd.
    Command command{.words = {"/usr/bin/python3", EPICURA_SOURCE_DIR "/tests/actors/mail_server.py",
                              std::to_string(port_), directory_ / "mails"},
                    .log = directory_ / "server.log"};
    command.words.insert(command.words.end(), options_.begin(), options_.end());
    process_.start(command);
    REQUIRE_MESSAGE(wait_until([this] { return accepts(port_); }), said());
  }

  std::string url(const std::string& host = "127.0.0.1") const {
    return "smtp://" + host + ":" + std::to_string(port_);
  }
  ServerProcess& process() { return process_; }

  bool hangs() const { return std::filesystem::exists(directory_ / "mails/hanging"); }

  // The mails that it has taken, the first first.
  std::vector<nlohmann::json> mails() const {
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(directory_ / "mails"))
      if (file.path().extension() == ".json") files.push_back(file.path());
    std::sort(files.begin(), files.end());
    std::vector<nlohmann::json> out;
    for (const auto& file : files) out.push_back(nlohmann::json::parse(std::ifstream(file)));
    return out;
  }

 private:
  std::string said() const {
    std::ifstream file(directory_ / "server.log");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  OwnDirectory directory_{"/tmp/epicura-mail-XXXXXX"};
  const int port_ = free_port();
  const std::vector<std::string> options_;
  ServerProcess process_;
};

}  // namespace epicura::tests
