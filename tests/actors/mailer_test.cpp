// Mails to a real mail server.
#include "actors/mail/mailer.hpp"

#include <future>

#include "schema/mail/compose.hpp"
#include "tests/actors/mail_server.hpp"

using namespace epicura;
using namespace epicura::tests;
using namespace std::chrono_literals;

namespace {

struct Post {
  observe::Metrics metrics;
  CircuitBreaker::Moment now{};
  Settings settings;
  std::optional<Mailer> mailer;

  explicit Post(const std::string& url, const std::string& user = "", const std::string& password = "",
                Millis limit = 20s) {
    settings.environment = "production";
    settings.smtp_url = url;
    settings.smtp_user = user;
    settings.smtp_password = password;
    settings.mail_from = "Epicura Küche <no-reply@bücher.example>";
    mailer.emplace(
        settings, metrics, [this] { return now; }, limit);
  }
  MailOutcome send(const std::string& address, const std::string& name = "Ana") {
    return mailer->send(to(address, name));
  }
  static mail::Mail to(const std::string& address, const std::string& name = "Ana") {
    return mail::compose(
        mail::Kind::reset_password,
        {Uuid::v7(), Uuid::v7(), {name, address}, "https://epicura.example/reset?token=0123456789abcdef", {}});
  }
  double count(const char* outcome) {
    return metrics.counter("epicura_mails_total", "", {{"outcome", outcome}}).Value();
  }
  double open() { return metrics.gauge("epicura_mail_breaker_open", "").Value(); }
};

void check_try_again(const MailOutcome& outcome, const std::string& reason) {
  CHECK(outcome.result == MailResult::try_again);
  CHECK(outcome.reason == reason);
}

}  // namespace

TEST_CASE("a mail arrives as it was composed, text and HTML, over one connection with the next") {
  const MailServer server;
  Post post(server.url());
  auto news = Post::to("ana@example.org", "Zoë Łukasz-Ōta");
  news.subject = "Grüße aus der Küche: " + std::string(200, 'x') + " \U0001F373";
  news.text += ".\n..\nFrom here\n" + std::string(2000, 'y') + "\n";
  news.unsubscribe_url = "https://epicura.example/unsubscribe?t=1";
  CHECK(post.mailer->send(news).result == MailResult::sent);
  CHECK(post.send("bo@Straße.example").result == MailResult::sent);
  const auto mails = server.mails();
  REQUIRE(mails.size() == 2);
  const auto& first = mails[0];
  CHECK(first["defects"].empty());
  CHECK(first["envelope_from"] == "no-reply@xn--bcher-kva.example");
  CHECK(first["envelope_to"] == nlohmann::json{"ana@example.org"});
  CHECK(first["from"] == nlohmann::json{"Epicura Küche", "no-reply@xn--bcher-kva.example"});
  CHECK(first["to"] == nlohmann::json{"Zoë Łukasz-Ōta", "ana@example.org"});
  CHECK(first["types"] == nlohmann::json{"multipart/alternative", "text/plain", "text/html"});
  CHECK(first["text"] == news.text);
  CHECK(first["html"] == news.html);
  CHECK(first["longest_line"] <= 78);
  CHECK(first["bare_line_ends"] == 0);
  const auto& headers = first["headers"];
  CHECK(headers["subject"] == news.subject);
  CHECK(headers["message-id"] == "<" + news.id.str() + "@xn--bcher-kva.example>");
  CHECK(headers["auto-submitted"] == "auto-generated");
  CHECK(headers["list-unsubscribe"] == "<https://epicura.example/unsubscribe?t=1>");
  CHECK(headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click");
  CHECK(headers["mime-version"] == "1.0");
  CHECK(headers.contains("date"));
  CHECK_FALSE(mails[1]["headers"].contains("list-unsubscribe"));
  CHECK(mails[1]["envelope_to"] == nlohmann::json{"bo@xn--strae-oqa.example"});
  CHECK(mails[0]["peer"] == mails[1]["peer"]);
  CHECK(post.count("sent") == 2);
}

TEST_CASE("letters beyond ASCII before the @ go to a server that takes them, and are refused for one that does not") {
  const MailServer server;
  Post post(server.url());
  CHECK(post.send("bo@example.org").result == MailResult::sent);
  CHECK(post.send("zoë@bücher.example").result == MailResult::sent);
  const auto mails = server.mails();
  REQUIRE(mails.size() == 2);
  CHECK(mails[1]["envelope_to"] == nlohmann::json{"zoë@xn--bcher-kva.example"});
  CHECK(mails[1]["to"][1] == "zoë@xn--bcher-kva.example");
  CHECK(mails[1]["options"].dump().find("SMTPUTF8") != std::string::npos);
  CHECK(mails[1]["defects"].empty());

  const MailServer older({"--no-utf8"});
  Post to_older(older.url());
  const auto outcome = to_older.send("zoë@bücher.example");
  CHECK(outcome.result == MailResult::refused);
  CHECK(outcome.reason.find("SMTPUTF8") != std::string::npos);
  CHECK(to_older.send("zoe@bücher.example").result == MailResult::sent);
}

TEST_CASE("what is no address is refused before anybody is asked, with no word of it") {
  Post post("smtp://127.0.0.1:1");
  for (const auto* bad : {"", "ana", "ana@example.org\r\nRCPT TO:<all@example.org>", "a b@example.org"}) {
    const auto outcome = post.send(bad);
    CHECK(outcome.result == MailResult::refused);
    CHECK(outcome.reason == "the address is none that mail can be sent to");
  }
  CHECK(post.count("refused") == 4);
}

TEST_CASE("a 4xx is tried again, a 5xx never; the reason does not repeat the address, and others still get theirs") {
  const MailServer server;
  Post post(server.url());
  for (int i = 0; i < 2 * CircuitBreaker::failures_to_open; ++i)
    check_try_again(post.send("later@example.org"), "the mail server answered 451 4.7.1 to RCPT");
  const auto nobody = post.send("nobody@example.org");
  CHECK(nobody.result == MailResult::refused);
  CHECK(nobody.reason == "the mail server answered 550 5.1.1 to RCPT");
  const auto spam = post.send("spam@example.org");
  CHECK(spam.result == MailResult::refused);
  CHECK(spam.reason == "the mail server answered 554 5.7.1 to the content");
  CHECK(post.send("ana@example.org").result == MailResult::sent);
  CHECK(post.open() == 0);
  CHECK(server.mails().size() == 1);
}

TEST_CASE("a mail server that is away is left alone after five tries, and found again when it is back") {
  MailServer server({}, false);
  Post post(server.url());
  const auto kept = Post::to("ana@example.org");
  for (int i = 0; i < CircuitBreaker::failures_to_open; ++i)
    check_try_again(post.mailer->send(kept), "Couldn't connect to server");
  CHECK(post.open() == 1);
  CHECK(post.mailer->send(kept).result == MailResult::away);
  server.start();
  post.now += 29s;
  CHECK(post.mailer->send(kept).result == MailResult::away);
  post.now += 1s;
  CHECK(post.mailer->send(kept).result == MailResult::sent);
  CHECK(post.open() == 0);
  // It restarts: the connection that was kept is none.
  server.process().kill();
  server.start();
  CHECK(post.mailer->send(kept).result == MailResult::sent);
  CHECK(post.count("try_again") == 5);
  CHECK(post.count("away") == 2);
  // 421 is about the server, whatever it is said to.
  for (int i = 0; i < CircuitBreaker::failures_to_open; ++i)
    check_try_again(post.send("bye@example.org"), "the mail server answered 421 4.3.2 to RCPT");
  CHECK(post.open() == 1);
}

TEST_CASE("a mail server that hangs is not waited for, before the content or after it") {
  MailServer server;
  Post post(server.url(), "", "", 700ms);
  for (const auto* address : {"hang@example.org", "late@example.org"}) {
    const auto began = std::chrono::steady_clock::now();
    check_try_again(post.send(address), "Timeout was reached");
    CHECK(std::chrono::steady_clock::now() - began < 3s);
  }
  // It stands still while a connection is kept: neither the next mail nor the end waits for it.
  CHECK(post.send("ana@example.org").result == MailResult::sent);
  server.process().pause();
  const auto began = std::chrono::steady_clock::now();
  check_try_again(post.send("ana@example.org"), "Timeout was reached");
  post.mailer.reset();
  CHECK(std::chrono::steady_clock::now() - began < 3s);
}

TEST_CASE("a refusal counts, whatever the server does after it") {
  const MailServer server;
  Post post(server.url());
  const auto began = std::chrono::steady_clock::now();
  CHECK(post.send("mute@example.org").result == MailResult::refused);
  CHECK(server.hangs());
  CHECK(std::chrono::steady_clock::now() - began < 3s);
}

TEST_CASE("the end does not wait for a server that stands still behind a kept connection") {
  MailServer server;
  Post post(server.url());
  CHECK(post.send("ana@example.org").result == MailResult::sent);
  server.process().pause();
  const auto began = std::chrono::steady_clock::now();
  post.mailer.reset();
  CHECK(std::chrono::steady_clock::now() - began < 1s);
}

TEST_CASE("stop gives up what is being sent, and lets nothing go after it") {
  for (const auto* address : {"hang@example.org", "late@example.org"}) {
    const MailServer server;
    Post post(server.url());
    auto outcome = std::async(std::launch::async, [&] { return post.send(address); });
    CHECK(wait_until([&] { return server.hangs(); }));
    const auto began = std::chrono::steady_clock::now();
    post.mailer->stop();
    check_try_again(outcome.get(), "the program ends");
    CHECK(std::chrono::steady_clock::now() - began < 1500ms);
    check_try_again(post.send("ana@example.org"), "the program ends");
    CHECK(server.mails().empty());
  }
}

TEST_CASE("user and password are given; wrong ones are the program's fault, not the recipient's") {
  const MailServer server({"--user", "epicura", "hüsh hush"});
  Post post(server.url(), "epicura", "hüsh hush");
  CHECK(post.send("ana@example.org").result == MailResult::sent);
  REQUIRE(server.mails().size() == 1);
  CHECK(server.mails()[0]["user"] == "epicura");
  Post wrong(server.url(), "epicura", "other");
  check_try_again(wrong.send("ana@example.org"), "the mail server answered 535 5.7.8 to AUTH");
  Post none(server.url());
  check_try_again(none.send("ana@example.org"), "the mail server answered 530 5.7.0 to MAIL");
}

TEST_CASE("off loopback a mail goes over TLS to a server that can be trusted, or not at all") {
  const OwnDirectory directory("/tmp/epicura-mail-XXXXXX");
  const auto certificate = directory / "certificate.pem", key = directory / "key.pem";
  const auto make = fmt::format(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=mail.example "
      "-addext subjectAltName=IP:0.0.0.0 -keyout {} -out {} 2>/dev/null",
      key, certificate);
  REQUIRE(std::system(make.c_str()) == 0);
  // 0.0.0.0 is this machine, but none of the names of loopback.
  const MailServer self_signed({"--tls", certificate, key, "--user", "epicura", "hush"});
  Post post(self_signed.url("0.0.0.0"), "epicura", "hush");
  check_try_again(post.send("ana@example.org"), "SSL peer certificate or SSH remote key was not OK");
  const MailServer plain;
  Post in_clear(plain.url("0.0.0.0"));
  check_try_again(in_clear.send("ana@example.org"), "Requested SSL level failed");
  CHECK(self_signed.mails().empty());
  CHECK(plain.mails().empty());
}
