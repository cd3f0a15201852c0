// `epicura audit`: whether the audit log is whole, and its entries as CSV.

#include <cstdio>

#include "actors/cli/commands.hpp"
#include "actors/cli/database.hpp"
#include "actors/cli/load.hpp"
#include "schema/audit_csv.hpp"
#include "schema/json_text.hpp"
#include "schema/list.hpp"
#include "schema/pg/audit_queries.hpp"
#include "schema/pg/audit_rows.hpp"

namespace epicura::cli {

namespace {

constexpr std::int64_t page_size = 1'000;
constexpr int triggers = 3;

int complain(const std::string& why, int exit_code) {
  fmt::print(stderr, "epicura audit: {}\n", why);
  return exit_code;
}

// take(row) for each entry between the two times, the oldest first, a page in memory at a time, until it says false;
// the failure's words where a page could not be read.
template <class Take>
std::optional<std::string> for_entries(Database& database, std::optional<Timestamp> from, std::optional<Timestamp> to,
                                       Take&& take) {
  for (std::int64_t after = 0;;) {
    const auto page = database.execute(pg::queries::read_audit, pg::params_of(after, page_size, from, to));
    if (!page.ok()) return "the log cannot be read: " + page.message;
    const pg::Rows& rows = page.results[0];
    for (int i = 0; i < rows.size(); ++i) {
      const AuditRow row = pg::audit_row(rows, i);
      if (!take(row)) return std::nullopt;
      after = row.seq;
    }
    if (rows.size() < page_size) return std::nullopt;
  }
}

std::optional<std::vector<AuditAnchor>> read_anchors(std::string_view list) {
  std::vector<AuditAnchor> anchors;
  bool legal = true;
  for_items(list, [&](std::string_view item) {
    if (auto anchor = AuditAnchor::parse(item)) {
      anchors.push_back(std::move(*anchor));
    } else {
      legal = false;
    }
  });
  return legal ? std::optional(std::move(anchors)) : std::nullopt;
}

// What the chain cannot see: that somebody is able to change the log.
void warn_of_open_doors(Database& database) {
  const auto found = database.execute(pg::queries::audit_guards, {});
  if (!found.ok() || found.results[0].size() == 0) return;
  const pg::Rows& row = found.results[0];
  const auto owner = row.text(0, 0);
  const auto warn = [](const std::string& what) { fmt::print(stderr, "epicura audit: warning: {}\n", what); };
  if (row.boolean(0, 1) && owner == "epicura_audit") {
    warn("the role that the program signs in as can change audit_log: it is a superuser, or a member of epicura_audit");
  } else if (row.boolean(0, 1)) {
    warn(
        fmt::format("audit_log belongs to {}, as which the program can change it; a superuser gives it to "
                    "epicura_audit, a role that "
                    "nobody can sign in as: psql -d DATABASE -v program={} -f conf/audit_owner.sql",
                    owner, owner));
  }
  if (row.int8(0, 2) != triggers)
    warn(fmt::format("of the {} triggers of audit_log {} are on", triggers, row.int8(0, 2)));
}

int verify(Database& database, std::vector<AuditAnchor> anchors) {
  AuditChain chain(std::move(anchors));
  const auto failure =
      for_entries(database, std::nullopt, std::nullopt, [&chain](const AuditRow& row) { return chain.add(row); });
  if (failure) return complain(*failure, Exit::failed);
  warn_of_open_doors(database);
  if (const auto fault = chain.finish()) return complain(fault->sentence(), Exit::failed);
  fmt::print("{} entries, whole\nlast {}\n", chain.count(), chain.last().str());
  return Exit::done;
}

// That the log was read is an entry of its own, and the last one that is exported.
int export_csv(Database& database, std::optional<Timestamp> from, std::optional<Timestamp> to) {
  JsonText detail(80);
  if (from) detail.add("from", format_rfc3339(*from));
  if (to) detail.add("to", format_rfc3339(*to));
  AuditEntry entry;
  entry.actor = AuditActor::operator_;
  entry.action = "audit.exported";
  entry.detail = std::move(detail).take();
  const auto noted = database.execute(pg::queries::append_audit, pg::audit_params(entry));
  if (!noted.ok()) return complain("the export cannot be noted: " + noted.message, Exit::failed);

  std::string text;
  append_audit_csv_header(text);
  const auto write = [&text] {
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    text.clear();
    return written;
  };
  constexpr std::size_t enough = 1 << 16;
  bool written = true;
  const auto failure = for_entries(database, from, to, [&](const AuditRow& row) {
    append_audit_csv(text, row);
    if (text.size() > enough) written = write();
    return written;
  });
  if (failure) return complain(*failure, Exit::failed);
  if (!written || !write() || std::fflush(stdout) != 0) return complain("the output cannot be written", Exit::failed);
  return Exit::done;
}

}  // namespace

int audit(std::span<char* const> arguments) {
  static constexpr Option table[] = {
      {"expect", "SEQ:HASH", "", "verify: entries that must be there, as an earlier run printed its last (A,B,...)"},
      {"from", "TIME", "", "export: the first time (2026-11-20T18:00:00Z)"},
      {"to", "TIME", "", "export: the time behind the last"},
      {"config", "FILE", "", "the settings file (or EPICURA_CONFIG)"},
  };
  int exit_code = Exit::done;
  const auto options = Options::parse(
      "epicura audit verify [--expect SEQ:HASH] | epicura audit export [--from TIME] [--to TIME]",
      "verify: computes the chain of the audit log, prints how many entries there are, and the last one's number and "
      "hash.\nThat line, kept elsewhere, is what a later run takes as --expect: only so a log is found that was cut "
      "off "
      "at its end or\nwritten anew. A log that was cut off at its head has to begin behind an entry that is expected. "
      "Exit 1: it is not whole.\nexport: prints entries as CSV, the oldest first.",
      table, arguments, exit_code);
  if (!options) return exit_code;
  const auto& words = options->words();
  if (words.size() != 1 || (words[0] != "verify" && words[0] != "export"))
    return complain("what is to be done is: verify, or export", Exit::usage);
  const bool exports = words[0] == "export";
  if (options->given("expect") && exports) return complain("--expect is for verify", Exit::usage);
  if ((options->given("from") || options->given("to")) && !exports)
    return complain("--from and --to are for export", Exit::usage);

  auto anchors = read_anchors(options->text("expect"));
  if (!anchors || (options->given("expect") && anchors->empty()))
    return complain("--expect is a number, a colon and 64 hexadecimal digits", Exit::usage);
  const auto from = parse_rfc3339(options->text("from"));
  const auto to = parse_rfc3339(options->text("to"));
  if ((options->given("from") && !from) || (options->given("to") && !to))
    return complain("legal is a time as 2026-11-20T18:00:00Z", Exit::usage);

  const auto loaded = load(options->text("config"), {}, false);
  if (!loaded) return Exit::bad_setting;
  Database database(loaded->values.database_url);
  return exports ? export_csv(database, from, to) : verify(database, std::move(*anchors));
}

}  // namespace epicura::cli
