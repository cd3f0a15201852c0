#pragma once
// Sends mails: to the mail server, or in development without one into a folder.

#include <memory>
#include <optional>

#include "actors/mail/mail_folder.hpp"
#include "actors/mail/mail_outcome.hpp"
#include "actors/mail/smtp_sender.hpp"
#include "schema/circuit_breaker.hpp"
#include "schema/mail/message.hpp"
#include "schema/observe/metrics.hpp"
#include "schema/settings/settings.hpp"

namespace epicura {

class Mailer {
 public:
  using SteadyClock = std::function<CircuitBreaker::Moment()>;

  // Of the settings: smtp_url, smtp_user, smtp_password, mail_from, mail_dir. Throws std::invalid_argument where
  // mail_from is no address that mail can come from.
  Mailer(const Settings& settings, observe::Metrics& metrics, SteadyClock clock = std::chrono::steady_clock::now,
         Millis limit = Millis{20'000});

  // Blocks, for `limit` and a second more at most; one thread at a time. While the mail server is known to be away, or
  // none is set, `away` at once. In development without a mail server the mail's link is printed on standard output,
  // and nowhere else ever.
  MailOutcome send(const mail::Mail& mail);
  // Deletes what the folder has of a user who is erased. The thread of `send`.
  void forget(const Uuid& user) const;
  // Any thread, at any time. A mail that is being sent is given up within a second, and none is sent after it.
  void stop();

 private:
  MailOutcome deliver(const mail::Mail& mail);
  MailOutcome put(const mail::Mail& mail, const mail::WireAddress& to);
  void count(const MailOutcome& outcome);

  observe::Counter& sent_;
  observe::Counter& again_;
  observe::Counter& away_;
  observe::Counter& refused_;
  observe::Gauge& breaker_open_;
  const SteadyClock clock_;
  const mail::Sender from_;
  const std::optional<mail::MailFolder> folder_;
  const bool has_server_;
  mail::SmtpSender smtp_;
  CircuitBreaker breaker_;
};

}  // namespace epicura
