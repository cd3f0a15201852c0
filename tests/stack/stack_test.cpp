#include "tests/stack/stack.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <fstream>
#include <string>

using epicura::tests::Stack;

TEST_CASE("a stack of named servers comes up in its own directory, and leaves nothing behind") {
  std::filesystem::path run_dir;
  pid_t postgres = 0;
  {
    Stack stack({.servers = {"postgres"}, .environment = {}});
    run_dir = stack.run_dir();
    postgres = stack.pid("postgres");
    CHECK(stack.alive("postgres"));
    CHECK_FALSE(stack.alive("nats"));
    CHECK_THROWS(stack.pid("nats"));
    CHECK(stack.env("POSTGRES_PID") == std::to_string(postgres));
    CHECK(stack.env("DATABASE_URL").find("@127.0.0.1:") != std::string::npos);
    CHECK_THROWS(stack.env("NATS_URL"));
    CHECK(stack.log("postgres").find("ready to accept connections") != std::string::npos);
    std::string name;
    std::ifstream("/proc/" + std::to_string(postgres) + "/comm") >> name;
    CHECK(name == "postgres");  // the pid is the server's own
  }
  CHECK_FALSE(std::filesystem::exists(run_dir));
  CHECK_FALSE(std::filesystem::exists("/proc/" + std::to_string(postgres) + "/exe"));
}

TEST_CASE("a server ends as it was told to, and comes back with its port") {
  Stack stack({.servers = {"nats"}, .environment = {}});
  const auto url = stack.env("NATS_URL");

  stack.pause("nats");
  CHECK(stack.alive("nats"));
  stack.resume("nats");

  const auto killed = stack.kill("nats");
  CHECK(killed.signal == SIGKILL);
  CHECK_FALSE(stack.alive("nats"));
  CHECK_THROWS(stack.kill("nats"));
  stack.restart("nats");
  CHECK(stack.alive("nats"));
  CHECK(stack.env("NATS_URL") == url);

  const auto ended = stack.terminate("nats");
  CHECK(ended.signal == 0);
  CHECK_FALSE(stack.alive("nats"));
  stack.up({"nats"});
  CHECK(stack.env("NATS_URL") == url);
}

TEST_CASE("a stack that cannot come up says why") {
  try {
    Stack stack({.servers = {"kettle"}, .environment = {}});
    FAIL("a server of that name is not known");
  } catch (const std::runtime_error& error) {
    CHECK(std::string(error.what()).find("there is no server 'kettle'") != std::string::npos);
  }
}
