// Where mails land in development, and that their links are printed there alone.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "actors/mail/mailer.hpp"
#include "schema/mail/compose.hpp"
#include "tests/stack/server_process.hpp"

using namespace epicura;
using namespace epicura::tests;

namespace {

// Standard output, into a file while it lives.
class Caught {
 public:
  explicit Caught(std::string file) : file_(std::move(file)) {
    std::fflush(stdout);
    const int fd = ::open(file_.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
    ::dup2(fd, STDOUT_FILENO);
    ::close(fd);
  }
  ~Caught() {
    std::fflush(stdout);
    ::dup2(usual_, STDOUT_FILENO);
    ::close(usual_);
  }
  Caught(const Caught&) = delete;
  Caught& operator=(const Caught&) = delete;
  std::string text() const {
    std::ifstream file(file_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  const std::string file_;
  const int usual_ = ::dup(STDOUT_FILENO);
};

std::vector<std::filesystem::path> files_in(const std::string& directory) {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

Settings development(const std::string& mail_dir) {
  Settings out;
  out.environment = "development";
  out.mail_from = "Epicura <no-reply@example.org>";
  out.mail_dir = mail_dir;
  return out;
}

mail::Mail a_mail(mail::Kind kind, const Uuid& user = Uuid::v7()) {
  return mail::compose(kind,
                       {Uuid::v7(), user, {"Ana", "ops@example.org"}, "http://127.0.0.1:3000/verify?token=abc", {}});
}

}  // namespace

TEST_CASE("in development without a mail server mails land in a folder, and their links are printed") {
  const OwnDirectory directory("/tmp/epicura-mail-XXXXXX");
  const auto folder = directory / "run/mail";
  observe::Metrics metrics;
  Mailer mailer(development(folder), metrics);
  std::string printed;
  const auto ana = Uuid::v7();
  {
    const Caught output(directory / "output");
    CHECK(mailer.send(a_mail(mail::Kind::verify_email, ana)).result == MailResult::sent);
    CHECK(mailer.send(a_mail(mail::Kind::password_changed)).result == MailResult::sent);
    printed = output.text();
  }
  const auto files = files_in(folder);
  REQUIRE(files.size() == 2);
  CHECK(printed == "mail " + files[0].filename().string() +
                       ": Epicura: Verify your e-mail address http://127.0.0.1:3000/verify?token=abc\n");
  using std::filesystem::perms;
  for (const auto& file : files) {
    CHECK(file.extension() == ".eml");
    CHECK(std::filesystem::status(file).permissions() == (perms::owner_read | perms::owner_write));
  }
  const auto subject_in = [](const std::filesystem::path& path) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
      if (line.starts_with("Subject: ")) return line;
    return std::string();
  };
  CHECK(subject_in(files[0]) == "Subject: Epicura: Verify your e-mail address\r");
  CHECK(subject_in(files[1]) == "Subject: Epicura: Your password was changed\r");

  mailer.forget(ana);
  CHECK(files_in(folder) == std::vector{files[1]});
  mailer.forget(ana);
}

TEST_CASE("a folder that cannot be written is tried again") {
  observe::Metrics metrics;
  Mailer mailer(development("/proc/none"), metrics);
  const Caught output("/dev/null");
  const auto outcome = mailer.send(a_mail(mail::Kind::verify_email));
  CHECK(outcome.result == MailResult::try_again);
  CHECK(outcome.reason.starts_with("/proc/none: "));
  mailer.forget(Uuid::v7());
}

TEST_CASE("in production no link is printed and no folder is written, whatever the settings say") {
  const OwnDirectory directory("/tmp/epicura-mail-XXXXXX");
  auto settings = development(directory / "mail");
  settings.environment = "production";
  observe::Metrics metrics;
  Mailer mailer(settings, metrics);
  {
    const Caught output(directory / "output");
    CHECK(mailer.send(a_mail(mail::Kind::verify_email)).result == MailResult::away);
    CHECK(output.text().empty());
  }
  CHECK_FALSE(std::filesystem::exists(directory / "mail"));
}
