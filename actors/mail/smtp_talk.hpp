#pragma once
// What has been said between libcurl and a mail server about one mail, as far as it decides the outcome. Text of the
// server is not kept: it likes to repeat the address. One owner; not thread-safe.

#include <string>
#include <string_view>

namespace epicura::mail {

class SmtpTalk {
 public:
  // A new mail, maybe over the connection of the one before. `needs_utf8`: it cannot go to a server without SMTPUTF8.
  void begin(bool needs_utf8);

  // A line that was sent. It may be half of a password: only known commands are looked at.
  void sent(std::string_view line);
  void sent_content();
  // A line that came. False: hang up, this server cannot take the mail.
  bool came(std::string_view line);

  // Good-bye was said. What the server answers to that changes nothing.
  bool is_over() const { return over_; }
  // It refused this mail's recipient or content, for good (5xx: RFC 5321, 4.2.1), or cannot write to such an address.
  bool refused_this_mail() const;
  // It was there, and looked at this mail's recipient or content. 421 is good-bye to everybody.
  bool looked_at_this_mail() const;
  // "the mail server answered 550 5.1.1 to RCPT"; empty where its last answer was no refusal.
  std::string complaint() const;

 private:
  enum class Stage { greeting, hello, starttls, auth, mail, rcpt, data, content };
  static std::string_view name_of(Stage stage);

  Stage stage_ = Stage::greeting;
  int code_ = 0;        // of the last answer
  std::string detail_;  // its enhanced status code (RFC 3463), or empty
  bool needs_utf8_ = false;
  bool offers_utf8_ = false;  // said at the connection's beginning
  bool cannot_take_it_ = false;
  bool over_ = false;
};

}  // namespace epicura::mail
