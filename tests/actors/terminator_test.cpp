#include "actors/terminator.hpp"

#include <doctest/doctest.h>

#include "tests/actors/stage.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

caf::actor idle(Stage& stage, std::vector<std::string>& ended, const std::string& name) {
  return stage.system.spawn([&ended, name](caf::event_based_actor* self) -> caf::behavior {
    self->attach_functor([&ended, name] { ended.push_back(name); });
    return {[](stop_atom) {}};
  });
}

}  // namespace

TEST_CASE("the terminator ends its actors in their order and then answers") {
  Stage stage;
  std::vector<std::string> ended;
  std::vector<std::string> deaths;
  auto last = stage.system.spawn(
      terminator, TerminatorConfig{{{"first", idle(stage, ended, "first")}, {"second", idle(stage, ended, "second")}},
                                   [&](const std::string& death) { deaths.push_back(death); }});
  bool answered = false;
  stage.system.spawn([&](caf::event_based_actor* self) {
    self->request(last, caf::infinite, stop_atom_v).then([&](stop_atom) { answered = true; });
  });
  stage.run();
  CHECK(answered);
  CHECK(ended == std::vector<std::string>{"first", "second"});
  CHECK(deaths.empty());
  stage.end(last);
}

TEST_CASE("an actor that dies on its own is reported by name") {
  Stage stage;
  std::vector<std::string> ended;
  std::vector<std::string> deaths;
  auto victim = idle(stage, ended, "victim");
  auto last = stage.system.spawn(
      terminator, TerminatorConfig{{{"victim", victim}}, [&](const std::string& death) { deaths.push_back(death); }});
  stage.run();
  caf::anon_send_exit(victim, caf::exit_reason::kill);
  stage.run();
  REQUIRE(deaths.size() == 1);
  CHECK(deaths[0].find("victim") != std::string::npos);
  stage.end(last);
}
