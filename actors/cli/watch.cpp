// `epicura watch`: live messages from NATS, with the ops user, who may only listen.

#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "actors/cli/commands.hpp"
#include "actors/cli/load.hpp"
#include "bus/connection.hpp"
#include "bus/subscription.hpp"
#include "schema/settings/rules.hpp"
#include "schema/time.hpp"

namespace epicura::cli {

namespace {

// One line a message; what would steer a terminal is shown as an escape.
std::string printable(std::string_view payload) {
  constexpr std::size_t shown_bytes = 2000;
  std::string out;
  for (const char c : payload.substr(0, shown_bytes)) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  if (payload.size() > shown_bytes) out += fmt::format("... ({} bytes)", payload.size());
  return out;
}

}  // namespace

int watch(std::span<char* const> arguments) {
  static constexpr Option table[] = {
      {"count", "N", "0", "end after so many messages; 0: never"},
      {"url", "URL", "", "NATS with the ops user (or NATS_OPS_URL)"},
  };
  int exit_code = Exit::done;
  const auto options =
      Options::parse("epicura watch [--count N] [--url URL] [SUBJECT ...]",
                     "Prints what passes on the subjects (default 'epicura.>') until Ctrl-C: time, subject, payload.",
                     table, arguments, exit_code);
  if (!options) return exit_code;
  const auto count = options->number("count", 0, 1e15);
  if (!count) return Exit::usage;
  const auto url = options->given("url") ? options->text("url") : environment_text("NATS_OPS_URL");
  if (url.empty()) {
    fmt::print(stderr,
               "epicura watch: set NATS_OPS_URL or give --url nats://ops:PASSWORD@HOST:PORT (scripts/stack writes it "
               "to .run/env)\n");
    return Exit::missing;
  }
  auto subjects = options->words();
  if (subjects.empty()) subjects.emplace_back("epicura.>");

  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGUSR1);  // enough messages
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  observe::Metrics metrics;
  std::atomic<bool> ending{false};
  bus::Connection connection({url, "epicura watch", "_INBOX_ops"}, {[&ending](bool connected) {
                               if (!connected && !ending)
                                 fmt::print(stderr, "epicura watch: the connection is lost; trying again\n");
                             }},
                             metrics);
  std::atomic<std::uint64_t> seen{0};
  const auto most = static_cast<std::uint64_t>(*count);
  std::vector<std::unique_ptr<bus::Subscription>> subscriptions;
  subscriptions.reserve(subjects.size());
  for (const auto& subject : subjects) {
    subscriptions.push_back(std::make_unique<bus::Subscription>(connection, subject, [&seen, most](natsMsg* message) {
      const auto number = ++seen;
      if (most > 0 && number > most) return;
      const std::string_view payload(natsMsg_GetData(message),
                                     static_cast<std::size_t>(natsMsg_GetDataLength(message)));
      fmt::print("{} {} {}\n", format_rfc3339(now()), natsMsg_GetSubject(message), printable(payload));
      std::fflush(stdout);
      if (most > 0 && number == most) kill(getpid(), SIGUSR1);
    }));
  }
  if (!connection.start()) {
    fmt::print(stderr, "epicura watch: the URL cannot be read\n");
    return Exit::usage;
  }
  int signal = 0;
  sigwait(&signals, &signal);
  ending = true;
  subscriptions.clear();
  connection.drain(Millis{200});
  return Exit::done;
}

}  // namespace epicura::cli
