#pragma once
// Mails to a mail server, through libcurl. One handle is kept, and with it the connection, for the mails that follow.

#include <curl/curl.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "actors/mail/mail_outcome.hpp"
#include "actors/mail/smtp_talk.hpp"
#include "schema/mail/wire_address.hpp"
#include "schema/time.hpp"

namespace epicura::mail {

struct SmtpAccess {
  std::string url;   // smtp://host:port or smtps://host:port
  std::string user;  // empty: none is asked for
  std::string password;
  Millis connect_limit{10'000};  // until it has greeted and knows the user: some let a stranger wait for seconds
  Millis limit{20'000};          // of a mail in all
};

class SmtpSender {
 public:
  struct Answer {
    MailOutcome outcome;
    bool server_failed = false;  // and not this mail alone
  };

  explicit SmtpSender(SmtpAccess access);
  ~SmtpSender();  // hang_up()
  SmtpSender(const SmtpSender&) = delete;
  SmtpSender& operator=(const SmtpSender&) = delete;

  // Blocks; one thread at a time. Off loopback only over TLS with a certificate that the system trusts.
  Answer send(const WireAddress& from, const WireAddress& to, std::string_view message);
  // Any thread. What is being sent gives up within a second, what follows at once.
  void stop() { stopped_ = true; }

 private:
  void start_anew();
  void hang_up();
  void set_up(const WireAddress& from, std::string_view message);
  Answer judged(CURLcode code) const;

  static std::size_t read(char* to, std::size_t size, std::size_t count, void* self);
  static std::size_t came(char* line, std::size_t size, std::size_t count, void* self);
  static int sent(CURL*, curl_infotype type, char* data, std::size_t size, void* self);
  static int look_up(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

  const SmtpAccess access_;
  std::atomic<bool> stopped_{false};
  std::unique_ptr<CURL, void (*)(CURL*)> curl_{nullptr, curl_easy_cleanup};
  SmtpTalk talk_;
  std::string_view unread_;  // of the message
};

}  // namespace epicura::mail
