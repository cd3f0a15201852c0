#include "tests/actors/accounts.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

// Alike but for the request's own id.
Json without_id(Json problem) {
  problem.erase("instance");
  return problem;
}

}  // namespace

TEST_CASE("an account is made and signed in at once") {
  Accounts house;
  const auto made =
      house.ask("POST", "/auth/register", {},
                dump_json({{"email", "Ada@Example.org"}, {"password", good_password}, {"name", "Ada L."}}));
  REQUIRE(made.status == 201);
  CHECK(made.body["token_type"] == "Bearer");
  CHECK(made.body["expires_in"] == 900);
  CHECK(made.body["refresh_expires_in"] == 30 * 86'400);
  const auto& user = made.body["user"];
  CHECK(user["email"] == "Ada@Example.org");
  CHECK(user["name"] == "Ada L.");
  CHECK(user["role"] == "user");
  CHECK(user["email_verified"] == false);
  CHECK(user["dietary_preferences"] == Json::array());
  CHECK(user["preferences"] == Json::object());
  const auto me = house.me(made);
  REQUIRE(me.status == 200);
  CHECK(me.body == user);
  CHECK(me.header("Cache-Control") == "no-store");
}

TEST_CASE("neither password nor refresh token stands in the database") {
  Accounts house;
  const auto made = house.sign_up("ada@example.org");
  REQUIRE(made.status == 201);
  const auto text = made.body.at("refresh_token").get<std::string>();
  house.sql("do $$ begin assert (select password_hash like '$argon2id$%' from users); end $$");
  house.sql("do $$ begin assert not exists (select from token_families f, users u where f::text like '%" + text +
            "%' or u::text like '%" + good_password + "%'); end $$");
}

TEST_CASE("an e-mail address is taken in any case; the name is the part before the @") {
  Accounts house;
  const auto made = house.sign_up("Ada.L@example.org");
  REQUIRE(made.status == 201);
  CHECK(made.body["user"]["name"] == "Ada.L");
  CHECK(house.sign_up("ada.l@EXAMPLE.org", "another password").problem(409, "email_taken"));
  CHECK(house.log_in("ADA.L@example.ORG").status == 200);
  CHECK(house.log_in("ada.l@example.org", "another password").problem(401, "wrong_credentials"));
  REQUIRE(house.sign_up("kÖchin@example.org").status == 201);
  CHECK(house.sign_up("Köchin@example.org").problem(409, "email_taken"));
  CHECK(house.sign_up("Ko\u0308chin@example.org").problem(409, "email_taken"));  // the accent on its own
  CHECK(house.log_in("KO\u0308CHIN@example.org").status == 200);
  REQUIRE(house.sign_up("ΟΔΟΣ@example.org").status == 201);
  CHECK(house.sign_up("οδος@example.org").problem(409, "email_taken"));
  CHECK(house.log_in("οδοσ@example.org").status == 200);
}

TEST_CASE("a registration that says what is wrong makes nothing") {
  Accounts house;
  CHECK(house.sign_up("ada@example.org", "short").points_at("/password"));
  CHECK(house.sign_up("ada@example.org", "password").points_at("/password"));
  CHECK(house.sign_up("ada@example.org", std::string(1025, 'x')).points_at("/password"));
  CHECK(house.sign_up("ada@example.org", std::string("with a\0null", 11)).points_at("/password"));
  for (const char* email : {"", "ada", "@example.org", "ada@", "a da@example.org", "ada@example.org\n", "a@b@c"})
    CHECK_MESSAGE(house.sign_up(email).points_at("/email"), email);
  CHECK(house.ask("POST", "/auth/register", {}, "{}").points_at("/email"));
  CHECK(house
            .ask("POST", "/auth/register", {},
                 R"({"email":"ada@example.org","password":"long enough, this","role":"admin"})")
            .points_at("/role"));
  house.sql("do $$ begin assert not exists (select from users); end $$");
}

TEST_CASE("an unknown address and a wrong password are answered alike, after one hash each") {
  Accounts house;
  REQUIRE(house.sign_up("ada@example.org").status == 201);
  const auto hashes = [&] { return house.stage.counted("epicura_password_hashes_total"); };
  const auto before = hashes();
  const auto wrong = house.log_in("ada@example.org", "not the password");
  CHECK(hashes() == before + 1);
  const auto unknown = house.log_in("bob@example.org", "not the password");
  CHECK(hashes() == before + 2);
  CHECK(wrong.problem(401, "wrong_credentials"));
  CHECK(without_id(wrong.body) == without_id(unknown.body));
  CHECK(unknown.status == 401);
  house.sql("update users set password_hash = null");
  CHECK(without_id(house.log_in("ada@example.org").body) == without_id(wrong.body));
  CHECK(hashes() == before + 3);
}

TEST_CASE("a disabled account says so to who knows its password, and to nobody else") {
  Accounts house;
  const auto made = house.sign_up("ada@example.org");
  house.sql("update users set disabled_at = now()");
  CHECK(house.log_in("ada@example.org").problem(403, "account_disabled"));
  CHECK(house.log_in("ada@example.org", "not the password").problem(401, "wrong_credentials"));
  CHECK(house.refresh(made).problem(401, "session_ended"));
}

TEST_CASE("a bcrypt hash of an earlier system signs in, and is replaced") {
  Accounts house;
  REQUIRE(house.sign_up("ada@example.org").status == 201);
  // Published test vector of OpenBSD's: the password is U*U.
  house.sql("update users set password_hash = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'");
  CHECK(house.log_in("ada@example.org", "U*V").status == 401);
  house.sql("do $$ begin assert (select password_hash like '$2a$%' from users); end $$");
  CHECK(house.log_in("ada@example.org", "U*U").status == 200);
  house.sql("do $$ begin assert (select password_hash like '$argon2id$%' from users); end $$");
  CHECK(house.log_in("ada@example.org", "U*U").status == 200);
  CHECK(house.log_in("ada@example.org", "U*V").status == 401);
}

TEST_CASE("a refresh token is good once, and gives the next") {
  Accounts house;
  const auto first = house.sign_up("ada@example.org");
  const auto second = house.refresh(first);
  REQUIRE(second.status == 200);
  CHECK(second.body["user"] == first.body["user"]);
  CHECK(second.body["refresh_token"] != first.body["refresh_token"]);
  CHECK(house.me(second).status == 200);
  const auto third = house.refresh(second);
  CHECK(third.status == 200);
  CHECK(house.me(third).status == 200);
  CHECK(house.revoked.empty());
}

TEST_CASE("what is used again after the grace ends the session, for thief and owner") {
  Accounts house;
  const auto first = house.sign_up("ada@example.org");
  const auto owner = house.refresh(first);
  REQUIRE(owner.status == 200);
  house.pass_grace();
  CHECK(house.refresh(first).problem(401, "session_ended"));
  CHECK(house.revoked.size() == 1);
  CHECK(house.refresh(owner).problem(401, "session_ended"));
  CHECK(house.me(owner).status == 401);  // the access token too
  CHECK(house.log_in("ada@example.org").status == 200);
}

TEST_CASE("within the grace a retry gets a successor in place of the unused one") {
  Accounts house;
  const auto first = house.sign_up("ada@example.org");
  const auto lost = house.refresh(first);  // the client never saw it
  const auto again = house.refresh(first);
  REQUIRE(again.status == 200);
  CHECK(house.revoked.empty());
  const auto next = house.refresh(again);
  CHECK(next.status == 200);
  // The successor that was replaced is in somebody else's hands.
  CHECK(house.refresh(lost).problem(401, "session_ended"));
  CHECK(house.refresh(next).problem(401, "session_ended"));
}

TEST_CASE("the grace is over once the successor was used") {
  Accounts house;
  const auto first = house.sign_up("ada@example.org");
  const auto second = house.refresh(first);
  REQUIRE(house.refresh(second).status == 200);
  CHECK(house.refresh(first).problem(401, "session_ended"));
  CHECK(house.revoked.size() == 1);
}

TEST_CASE("the grace does not begin anew with each retry") {
  Accounts house;
  const auto first = house.sign_up("ada@example.org");
  REQUIRE(house.refresh(first).status == 200);
  house.sql("update token_families set rotated_at = rotated_at - interval '6 s'");
  REQUIRE(house.refresh(first).status == 200);
  house.sql("update token_families set rotated_at = rotated_at - interval '6 s'");
  CHECK(house.refresh(first).problem(401, "session_ended"));
}

TEST_CASE("a session ends when it is idle for too long, and when it is too old") {
  Accounts house;
  for (const std::string column : {"idle_until", "expires_at"}) {
    const auto signed_in = house.sign_up(column + "@example.org");
    REQUIRE(signed_in.status == 201);
    house.sql("update token_families set " + column + " = now() where ended_at is null");
    CHECK(house.refresh(signed_in).problem(401, "session_ended"));
    house.sql(
        "do $$ begin assert not exists (select from token_families where end_reason is distinct from 'expired'); "
        "end $$");
  }
}

TEST_CASE("a session that is used lives to its whole age, and tells how long that is") {
  Accounts house;
  const auto first = house.sign_up("ada@example.org");
  house.sql("update token_families set idle_until = now() + interval '1 s', expires_at = now() + interval '100 s'");
  const auto second = house.refresh(first);
  REQUIRE(second.status == 200);
  CHECK(second.body["refresh_expires_in"] <= 100);
  CHECK(second.body["refresh_expires_in"] >= 90);
  CHECK(second.body["expires_in"] <= 100);  // no access token outlives its session
}

TEST_CASE("what is no refresh token of ours ends nothing") {
  Accounts house;
  const auto signed_in = house.sign_up("ada@example.org");
  const auto text = signed_in.body.at("refresh_token").get<std::string>();
  auto flipped = text;
  flipped[text.size() / 2] = text[text.size() / 2] == 'A' ? 'B' : 'A';
  for (const auto& other : {std::string("x"), std::string(), flipped, text + "A", text.substr(1),
                            signed_in.body.at("access_token").get<std::string>()}) {
    CHECK(house.ask("POST", "/auth/refresh", {}, dump_json({{"refresh_token", other}})).problem(401, "session_ended"));
  }
  CHECK(house.refresh(signed_in).status == 200);
}

TEST_CASE("signing out holds at once, by bearer or by refresh token") {
  Accounts house;
  const auto phone = house.sign_up("ada@example.org");
  const auto tablet = house.log_in("ada@example.org");
  const auto browser = house.log_in("ada@example.org");
  CHECK(house.ask("POST", "/auth/logout", bearer(phone)).status == 204);
  CHECK(house.me(phone).problem(401, "unauthorized"));
  CHECK(house.refresh(phone).problem(401, "session_ended"));
  CHECK(house.ask("POST", "/auth/logout", {}, refresh_body(tablet)).status == 204);
  CHECK(house.me(tablet).status == 401);
  CHECK(house.refresh(tablet).status == 401);
  CHECK(house.revoked.size() == 2);
  CHECK(house.me(browser).status == 200);
  CHECK(house.ask("POST", "/auth/logout", {}, refresh_body(tablet)).status == 204);  // it has ended already

  CHECK(house.ask("POST", "/auth/logout").problem(401, "unauthorized"));
  CHECK(house.ask("POST", "/auth/logout", "Bearer nonsense").problem(401, "unauthorized"));
  CHECK(house.ask("POST", "/auth/logout", {}, R"({"refresh_token":"x"})").problem(401, "session_ended"));
  CHECK(house.ask("POST", "/auth/logout", bearer(browser), R"({"token":"x"})").points_at("/token"));
  CHECK(house.ask("POST", "/auth/logout", bearer(browser), "{").status == 422);
  CHECK(house.me(browser).status == 200);
}

TEST_CASE("signing out everywhere ends all of one's sessions and nobody else's") {
  Accounts house;
  const auto bob = house.sign_up("bob@example.org");
  const auto phone = house.sign_up("ada@example.org");
  const auto tablet = house.log_in("ada@example.org");
  CHECK(house.ask("POST", "/auth/logout-all", bearer(phone)).status == 204);
  for (const auto& one : {phone, tablet}) {
    CHECK(house.me(one).status == 401);
    CHECK(house.refresh(one).status == 401);
  }
  CHECK(house.me(bob).status == 200);
  CHECK(house.refresh(bob).status == 200);
  CHECK(house.log_in("ada@example.org").status == 200);
}

TEST_CASE("while nobody is heard, PostgreSQL says whether a session lives") {
  Accounts house;
  const auto signed_in = house.sign_up("ada@example.org");
  house.moment += Revocations::silence_limit;
  CHECK(house.me(signed_in).status == 200);
  house.sql("update token_families set ended_at = now(), end_reason = 'logout'");  // on a node that cannot be heard
  CHECK(house.me(signed_in).problem(401, "unauthorized"));
}

TEST_CASE("devices and operators have no account") {
  Accounts house;
  const auto device = ApiHouse::token(house.register_device());
  CHECK(house.ask("GET", "/auth/me", device).problem(403, "forbidden"));
  CHECK(house.ask("POST", "/auth/logout-all", device).problem(403, "forbidden"));
  CHECK(house.ask("GET", "/auth/me", house.admin()).problem(403, "forbidden"));
  CHECK(house.ask("POST", "/auth/logout-all", house.admin()).problem(403, "forbidden"));
  CHECK(house.ask("GET", "/auth/me").problem(401, "unauthorized"));
}

TEST_CASE("a user sees no device that is not theirs") {
  Accounts house;
  const auto signed_in = house.sign_up("ada@example.org");
  const auto device = house.register_device();
  CHECK(house.ask("GET", "/devices/" + device.str(), bearer(signed_in)).problem(404, "not_found"));
}

TEST_CASE("a user has a hundred sessions at most: the oldest gives way") {
  Accounts house;
  const auto first = house.sign_up("ada@example.org");
  const auto kept = house.log_in("ada@example.org");
  house.sql(
      "update token_families set created_at = created_at - interval '1 hour' where created_at = (select "
      "min(created_at) from token_families)");
  house.sql(
      "insert into token_families (id, user_id, refresh_hash, idle_until, expires_at, address) select "
      "gen_random_uuid(), id, '', now() + interval '1 h', now() + interval '1 h', '' from users, "
      "generate_series(1, 98)");
  CHECK(house.log_in("ada@example.org").status == 200);
  CHECK(house.refresh(first).problem(401, "session_ended"));
  CHECK(house.refresh(kept).status == 200);
  house.sql("do $$ begin assert (select count(*) from token_families where ended_at is null) = 100; end $$");
}
