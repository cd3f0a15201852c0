#include "actors/mail/mailer.hpp"

#include <cstdio>
#include <stdexcept>

#include "schema/mail/mailbox.hpp"

namespace epicura {

namespace {

observe::Counter& counter(observe::Metrics& metrics, const char* outcome) {
  return metrics.counter("epicura_mails_total", "Mails by what came of the try to send them", {{"outcome", outcome}});
}

mail::Sender sender_of(const std::string& mail_from) {
  const auto mailbox = mail::parse_mailbox(mail_from);
  const auto address = mail::WireAddress::of(mailbox ? mailbox->address : "");
  if (!address) throw std::invalid_argument("mail_from is no address that mail can come from");
  return {mailbox->name, *address};
}

std::optional<mail::MailFolder> folder_of(const Settings& settings) {
  if (!settings.is_development() || !settings.smtp_url.empty()) return std::nullopt;
  return mail::MailFolder(settings.mail_dir);
}

}  // namespace

Mailer::Mailer(const Settings& settings, observe::Metrics& metrics, SteadyClock clock, Millis limit)
    : sent_(counter(metrics, "sent")),
      again_(counter(metrics, "try_again")),
      away_(counter(metrics, "away")),
      refused_(counter(metrics, "refused")),
      breaker_open_(metrics.gauge("epicura_mail_breaker_open", "1 while the mail server is left alone")),
      clock_(std::move(clock)),
      from_(sender_of(settings.mail_from)),
      folder_(folder_of(settings)),
      has_server_(!settings.smtp_url.empty()),
      smtp_(
          {.url = settings.smtp_url, .user = settings.smtp_user, .password = settings.smtp_password, .limit = limit}) {}

MailOutcome Mailer::send(const mail::Mail& mail) {
  auto outcome = deliver(mail);
  count(outcome);
  return outcome;
}

MailOutcome Mailer::deliver(const mail::Mail& mail) {
  const auto to = mail::WireAddress::of(mail.to.address);
  if (!to) return {MailResult::refused, "the address is none that mail can be sent to"};
  if (folder_) return put(mail, *to);
  if (!has_server_) return {MailResult::away, "smtp_url is not set"};
  if (!breaker_.lets_through(clock_())) return {MailResult::away, "the mail server is away"};
  auto answer = smtp_.send(from_.address, *to, message_text(mail, from_, *to, now()));
  if (answer.server_failed) {
    breaker_.failed(clock_());
  } else {
    breaker_.succeeded();
  }
  breaker_open_.Set(breaker_.is_closed() ? 0 : 1);
  return std::move(answer.outcome);
}

MailOutcome Mailer::put(const mail::Mail& mail, const mail::WireAddress& to) {
  const auto at = now();
  const auto name = mail::MailFolder::name_of(mail, at);
  auto outcome = folder_->put(name, message_text(mail, from_, to, at));
  if (outcome.result == MailResult::sent && !mail.link.empty()) {
    fmt::print("mail {}: {} {}\n", name, mail.subject, mail.link);  // nothing of the person: who is erased is nowhere
    std::fflush(stdout);
  }
  return outcome;
}

void Mailer::forget(const Uuid& user) const {
  if (folder_) folder_->forget(user);
}

void Mailer::count(const MailOutcome& outcome) {
  switch (outcome.result) {
    case MailResult::sent:
      return sent_.Increment();
    case MailResult::try_again:
      return again_.Increment();
    case MailResult::away:
      return away_.Increment();
    case MailResult::refused:
      return refused_.Increment();
  }
}

void Mailer::stop() {
  smtp_.stop();
}

}  // namespace epicura
