#include "actors/cli/commands.hpp"

namespace epicura::cli {

std::span<const Command> commands() {
  static constexpr Command all[] = {
      {"serve", serve, "run the cloud: bridge, intake, devices, API"},
      {"migrate", migrate, "bring the database's schema up to date"},
      {"settings", settings, "print every setting with its default, bounds and meaning"},
      {"routes", routes, "print the API's routes, or its OpenAPI document"},
      {"user", user, "make an account, an admin's too"},
      {"token", token, "print an access token of a user or an operator, or a device's token"},
      {"audit", audit, "check that the audit log is whole, or print it as CSV"},
      {"simulate", simulate, "run any number of simulated devices on real MQTT connections"},
      {"watch", watch, "print live telemetry from NATS with the ops user"},
      {"record", record, "write an event stream from NATS into a file that replays"},
      {"replay", replay, "put a recorded event stream back onto the bus"},
  };
  return all;
}

}  // namespace epicura::cli
