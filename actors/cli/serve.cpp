// `epicura serve`: the cloud itself.

#include <malloc.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>

#include "actors/cli/commands.hpp"
#include "actors/cli/load.hpp"
#include "actors/program.hpp"
#include "schema/pg/migrate.hpp"

namespace epicura::cli {

namespace {

// Every setting is a flag too.
std::vector<Option> serve_options() {
  std::vector<Option> out{{"config", "FILE", "", "the settings file (or EPICURA_CONFIG)"}};
  for (const auto& setting : all_settings()) {
    out.push_back({setting.name, setting.unit.empty() ? "VALUE" : setting.unit, setting.fallback, setting.sentence});
  }
  return out;
}

// Before any thread is made, so that all of them inherit it: the main thread waits for these signals.
void block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

// Each connection is a descriptor; the usual soft limit, 1024, is for programs that call select().
void raise_descriptor_limit(std::int64_t connections) {
  constexpr std::int64_t others = 128;  // files, dependencies, timers
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < static_cast<rlim_t>(connections + others))
    log::warning("program", "only {} descriptors (ulimit -n) for up to {} connections: more are turned away",
                 limit.rlim_cur, connections);
}

// What is large is given back to the system when it is freed. By itself the allocator learns from the first large block
// that is freed to keep the next ones, and after a crowd of slow clients the process stays as big as it was.
void give_memory_back() {
  mallopt(M_MMAP_THRESHOLD, 256 << 10);
  mallopt(M_TRIM_THRESHOLD, 4 << 20);
}

// Waits for PostgreSQL as long as it takes: nothing can be kept before the tables are there. The exit code where the
// program is to end instead.
std::optional<int> migrate_first(const std::string& database_url) {
  for (;;) {
    const auto report = pg::migrate(database_url);
    for (const auto& step : report.applied) log::info("migrate", "applied {}", step);
    if (report.ok()) return std::nullopt;
    log::error("migrate", "{}", report.message);
    if (report.failure == pg::Failure::refused) return Exit::failed;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    const timespec pause{1, 0};
    if (sigtimedwait(&signals, nullptr, &pause) > 0) return Exit::done;
  }
}

}  // namespace

int serve(std::span<char* const> arguments) {
  int exit_code = Exit::done;
  const auto table = serve_options();
  const auto options = Options::parse("epicura serve [--config FILE] [--SETTING=VALUE ...]",
                                      "Runs until SIGTERM or SIGINT. Exit codes: 0 clean, 70 an actor died, 75 the "
                                      "shutdown took too long, 78 a bad setting.",
                                      table, arguments, exit_code);
  if (!options) return exit_code;
  if (!options->words().empty()) {
    fmt::print(stderr, "epicura serve: '{}' is no option\n", options->words().front());
    return Exit::usage;
  }
  std::vector<std::pair<std::string, std::string>> flags;
  for (const auto& setting : all_settings()) {
    if (options->given(setting.name)) flags.emplace_back(setting.name, options->text(setting.name));
  }
  const auto loaded = load(options->text("config"), std::move(flags));
  if (!loaded) return Exit::bad_setting;

  give_memory_back();
  block_signals();
  log::start(log_level_of(loaded->values), log_form_of(loaded->values), loaded->values.access_log);
  raise_descriptor_limit(loaded->values.max_connections);
  for (const auto& remark : loaded->remarks) log::info("settings", "{}", remark);
  if (loaded->values.migrate) {
    if (const auto exit_early = migrate_first(loaded->values.database_url)) {
      log::stop();
      return *exit_early;
    }
  }
  try {
    Program program(loaded->values);
    program.run();
    program.stop();
  } catch (const std::exception& error) {
    log::error("program", "{}", error.what());
    log::stop();
    return Exit::failed;
  }
  log::info("program", "ended");
  log::stop();
  return Exit::done;
}

}  // namespace epicura::cli
