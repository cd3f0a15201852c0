#include "actors/mail/smtp_talk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "schema/ascii.hpp"

namespace epicura::mail {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "5.1.1" at the beginning, or nothing: three numbers of one to three digits.
std::string enhanced_code(std::string_view text) {
  std::size_t at = 0;
  for (int part = 0; part < 3; ++part) {
    if (part > 0 && (at >= text.size() || text[at++] != '.')) return {};
    const auto begin = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    if (at == begin || at - begin > 3) return {};
  }
  return std::string(text.substr(0, at));
}

}  // namespace

void SmtpTalk::begin(bool needs_utf8) {
  stage_ = Stage::greeting;
  code_ = 0;
  detail_.clear();
  needs_utf8_ = needs_utf8;
  cannot_take_it_ = false;
  over_ = false;
}

void SmtpTalk::sent(std::string_view line) {
  const auto word = line.substr(0, line.find_first_of(" \r\n"));
  if (word == "EHLO" || word == "HELO") {
    stage_ = Stage::hello;
    offers_utf8_ = false;
  }
  if (word == "STARTTLS") stage_ = Stage::starttls;
  if (word == "AUTH") stage_ = Stage::auth;
  if (word == "MAIL") stage_ = Stage::mail;
  if (word == "RCPT") stage_ = Stage::rcpt;
  if (word == "DATA") stage_ = Stage::data;
  // One at the very beginning is for an earlier connection.
  if (word == "QUIT") over_ = stage_ != Stage::greeting || code_ != 0;
}

void SmtpTalk::sent_content() {
  stage_ = Stage::content;
}

bool SmtpTalk::came(std::string_view line) {
  if (over_ || line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit)) return true;
  const auto rest = line.substr(std::min<std::size_t>(line.size(), 4));
  if (stage_ == Stage::hello && ascii_lower(rest.substr(0, 8)) == "smtputf8") offers_utf8_ = true;
  if (line.size() > 3 && line[3] == '-') return true;  // the answer goes on
  code_ = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  detail_ = enhanced_code(rest);
  cannot_take_it_ = needs_utf8_ && !offers_utf8_ && stage_ == Stage::mail;
  return !cannot_take_it_;
}

bool SmtpTalk::looked_at_this_mail() const {
  return cannot_take_it_ || ((stage_ == Stage::rcpt || stage_ == Stage::content) && code_ >= 400 && code_ != 421);
}

bool SmtpTalk::refused_this_mail() const {
  return looked_at_this_mail() && (cannot_take_it_ || code_ >= 500);
}

std::string SmtpTalk::complaint() const {
  if (cannot_take_it_) return "the mail server takes no address with letters beyond ASCII before the @ (SMTPUTF8)";
  if (code_ < 400) return {};
  return fmt::format("the mail server answered {}{}{} to {}", code_, detail_.empty() ? "" : " ", detail_,
                     name_of(stage_));
}

std::string_view SmtpTalk::name_of(Stage stage) {
  switch (stage) {
    case Stage::greeting:
      return "the connection";
    case Stage::hello:
      return "EHLO";
    case Stage::starttls:
      return "STARTTLS";
    case Stage::auth:
      return "AUTH";
    case Stage::mail:
      return "MAIL";
    case Stage::rcpt:
      return "RCPT";
    case Stage::data:
      return "DATA";
    case Stage::content:
      break;
  }
  return "the content";
}

}  // namespace epicura::mail
