#pragma once
// The terminator watches the program's lasting actors. One that dies on its own ends the process with a message: the
// service manager starts it again, and state comes back from streams and tables. At shutdown it ends them in the
// order in which they were given.

#include <functional>
#include <string>
#include <vector>

#include <caf/actor.hpp>

#include "actors/protocol.hpp"

namespace epicura {

struct TerminatorConfig {
  std::vector<std::pair<std::string, caf::actor>> watched;  // name and actor, the first to end first
  std::function<void(const std::string& message)> on_death;
};

struct TerminatorState {
  static inline const char* name = "terminator";
  TerminatorConfig config;
  std::size_t next = 0;  // the one that is being ended
  caf::typed_response_promise<stop_atom> asked;
};

terminator_actor::behavior_type terminator(terminator_actor::stateful_pointer<TerminatorState> self,
                                           TerminatorConfig config);

}  // namespace epicura
