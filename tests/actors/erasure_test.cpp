// A person who was erased is nowhere: not in a column of a table, not in a message of a stream, not in a file.

#include <algorithm>
#include <fstream>

#include "actors/jobs/jobs.hpp"
#include "schema/base64.hpp"
#include "schema/mail/compose.hpp"
#include "schema/pg/personal_data.hpp"
#include "tests/actors/avatars.hpp"
#include "tests/actors/images.hpp"
#include "tests/actors/job_node.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

using Places = std::vector<std::string>;

// "table.column" of each column, of all tables, in which the word stands somewhere, in whatever case.
Places columns_with(const std::string& conninfo, const std::string& word) {
  const auto columns = pg::run_sql(conninfo,
                                   "select c.table_name, c.column_name, c.udt_name from information_schema.columns c "
                                   "join information_schema.tables t using (table_schema, table_name) "
                                   "where c.table_schema = 'public' and t.table_type = 'BASE TABLE'");
  Places found;
  for (int row = 0; row < columns.size(); ++row) {
    const std::string table(columns.text(row, 0));
    const std::string column(columns.text(row, 1));
    const auto text =
        columns.text(row, 2) == "bytea" ? "encode(\"" + column + "\", 'escape')" : "\"" + column + "\"::text";
    const auto hits = pg::run_sql(conninfo, "select count(*) from \"" + table + "\" where strpos(lower(" + text +
                                                "), lower('" + word + "')) > 0");
    if (hits.text(0, 0) != "0") found.push_back(table + "." + column);
  }
  return found;
}

// JetStream keeps messages as they are, those that were acknowledged too until their block is written anew.
Places files_with(const std::filesystem::path& directory, const std::string& word) {
  Places found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
    if (std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end())
      found.push_back(entry.path().string());
  }
  return found;
}

struct Nowhere : Avatars {
  // Everything that stores something of a person, done by one.
  Answer live_a_life() {
    usual.user_agent = "Quillphone/7";
    peer = "198.51.100.77";
    auto zoe = ask("POST", "/auth/register", {},
                   dump_json({{"email", first_email}, {"password", good_password}, {"name", "Zoe Quillfeather"}}));
    REQUIRE(zoe.status == 201);
    REQUIRE(verify(link(MailLinkPurpose::verify_email)).status == 204);
    REQUIRE(ask("PATCH", "/users/me", bearer(zoe),
                R"({"allergies":["glimmerroot"],"dietary_preferences":["moonbread"],
                    "preferences":{"favorite_cuisines":["xanthian"]}})")
                .status == 200);
    REQUIRE(ask("POST", "/users/me/mfa", bearer(zoe), "{}").status == 200);
    sql("update users set mfa_enabled_at = now(), mfa_recovery_hashes = array['x'] where email ilike 'zoe%'");
    REQUIRE(log_in(first_email).problem(401, "mfa_required"));
    REQUIRE(ask("DELETE", "/users/me/mfa", bearer(zoe)).status == 204);
    REQUIRE(ask("POST", "/users/me/email", bearer(zoe), dump_json({{"email", second_email}})).status == 202);
    REQUIRE(verify(link(MailLinkPurpose::change_email)).status == 204);
    REQUIRE(forget(second_email).status == 202);
    REQUIRE(log_in(second_email, "not the password").status == 401);
    REQUIRE(reauthenticate(zoe).status == 200);
    const auto new_password = dump_json({{"password", "another long password"}});
    REQUIRE(ask("POST", "/users/me/password", bearer(zoe), new_password).status == 204);
    REQUIRE(refresh(log_in(second_email, "another long password")).status == 200);
    const auto new_key = dump_json({{"name", "Quill's hall display"}, {"scopes", {"devices:read"}}});
    const auto made = ask("POST", "/users/me/api-keys", bearer(zoe), new_key);
    REQUIRE(made.status == 201);
    const auto by_key = "Bearer " + made.body["key"].get<std::string>();
    REQUIRE(ask("GET", "/users/me", by_key).status == 403);  // the audit log has whence
    const auto image = with_exif(make_image("jpeg"), 1);     // of a garden that has her name
    for (int i = 0; i < 2; ++i) {                            // the second one stays in quarantine
      const auto begun = begin(zoe, "image/jpeg", image.size());
      REQUIRE(put(begun, "image/jpeg", image).status == 204);
      if (i == 1) break;
      REQUIRE(confirm(zoe, begun).status == 202);
      REQUIRE(run_jobs() == 1);
      avatar = avatar_of(zoe);
      REQUIRE(get(avatar).status == 200);
    }
    sql("insert into devices (id, name, owner_id, owned_since) select gen_random_uuid(), 'Quill''s pot', id, now() "
        "from users where email = '" +
        second_email + "'");
    sql("insert into device_shares (device_id, user_id) select d.id, u.id from devices d, users u");
    sql("insert into pending_sign_ins (id, user_id, token_hash, password_hash, expires_at) "
        "select gen_random_uuid(), id, '', '', now() from users where email = '" +
        second_email + "'");
    sql("insert into idempotency_keys (principal_id, route, key, fingerprint, body) "
        "select id, 'retryJob', 'quill', '', email from users where email = '" +
        second_email + "'");
    // As an admin, which she may have been.
    sql("insert into dead_letters (id, at, source, origin, code, detail, size, payload, replayed_at, replayed_by) "
        "select gen_random_uuid(), now(), 'http', '', 'bad_time', '', 0, '', now(), id from users where email = '" +
        second_email + "'");
    const auto kept = ask("GET", "/users/me/export", bearer(zoe));
    REQUIRE(kept.status == 200);
    for (const auto& data : pg::personal_data)
      if (!data.name.empty()) CHECK_MESSAGE(!kept.body["kept"][std::string(data.name)].empty(), data.name);
    REQUIRE(ask("DELETE", "/users/me", bearer(zoe)).status == 202);
    REQUIRE(log_in(second_email, "another long password").problem(403, "account_deleted"));
    REQUIRE(ask("POST", "/auth/restore", {}, credentials(second_email, "another long password")).status == 204);
    const auto again = log_in(second_email, "another long password");
    REQUIRE(log_in(second_email, "another long password").status == 200);
    REQUIRE(forget(second_email).status == 202);
    REQUIRE(ask("DELETE", "/users/me", bearer(again)).status == 202);
    peer = "192.0.2.1";
    usual.user_agent.clear();
    return zoe;
  }

  std::string avatar;  // its URL
  const std::string first_email = "Zoe.Quillfeather@erased.example";
  const std::string second_email = "quill.second@erased.example";
};

}  // namespace

TEST_CASE("a person who was erased is nowhere") {
  Nowhere house;
  REQUIRE(house.sign_up("ada@example.org").status == 201);
  const auto zoe = house.live_a_life();
  const auto id = zoe.body["user"]["id"].get<std::string>();
  Places queued;  // where the first mail to Zoe is while it waits to be sent
  Places naming_her;
  std::atomic<int> mails{0};  // to her that were tried so
  bus::Process letters(house.server, {"DEAD_LETTER", "test", 100, Millis{10'000}}, {bus::dead_letter_stream(16 << 20)});
  auto development = house.settings;
  development.environment = "development";
  observe::Metrics metrics;
  Mailer mailer(development, metrics);
  mail::Fields about_her{Uuid::v7(), *Uuid::parse(id), {"Zoe", house.second_email}, {}, now()};
  REQUIRE(mailer.send(mail::compose(mail::Kind::password_changed, about_her)).result == MailResult::sent);
  CHECK(files_with(development.mail_dir, "quill").size() == 1);
  const JobWorks works{{"mail",
                        [&](const Job& job) -> JobEnd {
                          if (job.args.at("user") != id || mails > 0) return {};
                          queued = files_with(house.server.directory(), job.id.str());
                          naming_her = files_with(house.server.directory(), id);
                          ++mails;
                          return {JobEnd::How::failed, "no such address"};
                        }},
                       {"erase_users", [&](const Job&) {
                          return jobs::erase_users(make_ask(house.database), house.media.store, mailer);
                        }}};
  std::optional<JobNode> node;
  node.emplace(house.conninfo, house.server, works);
  const auto all_ended = [&] {
    node->look();
    return house.value("select count(*) from jobs where state not in ('done', 'failed')") == "0";
  };
  REQUIRE(pg::eventually(all_ended));
  REQUIRE(pg::eventually([&] { return letters.received.size() == 1; }));
  REQUIRE(mails == 1);
  CHECK_FALSE(queued.empty());
  CHECK(naming_her == Places{});

  const Places words{house.first_email, house.second_email, "quill",         "glimmerroot",
                     "moonbread",       "xanthian",         "198.51.100.77", "erased.ex"};
  for (const auto& word : words) CHECK_MESSAGE(!columns_with(house.conninfo, word).empty(), word);
  CHECK(columns_with(house.conninfo, id).size() >= 5);

  house.sql("update users set deleted_at = deleted_at - interval '30 days' where deleted_at is not null");
  house.sql("insert into jobs (id, kind) values (gen_random_uuid(), 'erase_users')");
  REQUIRE(pg::eventually(all_ended));

  for (const auto& word : words) CHECK_MESSAGE(columns_with(house.conninfo, word) == Places{}, word);
  auto left = columns_with(house.conninfo, id);
  std::sort(left.begin(), left.end());
  CHECK(left == Places{"audit_log.actor_id", "audit_log.target_id"});
  CHECK(house.value("select count(*) from users") == "1");
  CHECK(house.get(house.avatar).status == 404);
  CHECK(house.files("public") == 0);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(house.settings.media_dir))
    std::filesystem::last_write_time(entry.path(),
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours{2});
  house.tidy();  // 30 days have passed: what never was an avatar went within two hours
  CHECK(house.files("quarantine") == 0);
  for (const auto& word : {house.first_email, std::string("quill"), id})
    CHECK(files_with(house.settings.media_dir, word) == Places{});
  CHECK(house.value("select count(*) from jobs where args ? 'user'") == "1");  // the mail to Ada

  const auto restored =
      house.ask("POST", "/auth/restore", {}, credentials(house.second_email, "another long password"));
  CHECK(restored.problem(401, "wrong_credentials"));
  CHECK(house.log_in(house.second_email, "another long password").problem(401, "wrong_credentials"));

  std::string letter_id;
  {
    const std::scoped_lock lock(letters.received.mutex);
    for (const auto& text : letters.received.payloads) {
      const auto letter = Json::parse(text);
      letter_id = letter["id"].get<std::string>();
      const auto payload = from_base64(letter["payload_b64"].get<std::string>()).value();
      CHECK(Json::parse(payload).size() == 2);  // its id, its kind
      CHECK(payload.find(id) == std::string::npos);
    }
  }
  for (const auto& email : {house.first_email, house.second_email}) CHECK(house.sign_up(email).status == 201);

  node.reset();
  house.server.stop();
  CHECK_FALSE(files_with(house.server.directory(), letter_id).empty());
  for (const auto& word : words) CHECK_MESSAGE(files_with(house.server.directory(), word) == Places{}, word);
  CHECK(files_with(house.server.directory(), id) == Places{});
}
