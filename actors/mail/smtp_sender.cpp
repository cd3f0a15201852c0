#include "actors/mail/smtp_sender.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "schema/settings/rules.hpp"

namespace epicura::mail {

SmtpSender::SmtpSender(SmtpAccess access) : access_(std::move(access)) {
  start_anew();
}

SmtpSender::~SmtpSender() {
  hang_up();
}

void SmtpSender::start_anew() {
  curl_.reset(curl_easy_init());
  if (!curl_) throw std::bad_alloc();
}

// The end of a kept connection is a QUIT whose answer libcurl waits for, for minutes, unless it finds nobody there.
void SmtpSender::hang_up() {
  curl_socket_t socket = CURL_SOCKET_BAD;
  curl_easy_getinfo(curl_.get(), CURLINFO_ACTIVESOCKET, &socket);
  if (socket != CURL_SOCKET_BAD) ::shutdown(socket, SHUT_RDWR);
}

std::size_t SmtpSender::read(char* to, std::size_t size, std::size_t count, void* self) {
  auto& unread = static_cast<SmtpSender*>(self)->unread_;
  const auto taken = std::min(size * count, unread.size());
  std::memcpy(to, unread.data(), taken);
  unread.remove_prefix(taken);
  return taken;
}

std::size_t SmtpSender::came(char* line, std::size_t size, std::size_t count, void* self) {
  return static_cast<SmtpSender*>(self)->talk_.came({line, size * count}) ? size * count : 0;
}

int SmtpSender::sent(CURL*, curl_infotype type, char* data, std::size_t size, void* self) {
  auto& talk = static_cast<SmtpSender*>(self)->talk_;
  if (type == CURLINFO_HEADER_OUT) talk.sent({data, size});
  if (type == CURLINFO_DATA_OUT) talk.sent_content();
  return 0;
}

int SmtpSender::look_up(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& sender = *static_cast<SmtpSender*>(self);
  // libcurl would wait two minutes for the answer to QUIT.
  return sender.stopped_ || sender.talk_.is_over() ? 1 : 0;
}

void SmtpSender::set_up(const WireAddress& from, std::string_view message) {
  CURL* curl = curl_.get();
  curl_easy_reset(curl);  // options only: the connection stays
  curl_easy_setopt(curl, CURLOPT_URL, access_.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");  // a proxy of the environment is not for mails
  const bool near = is_loopback(parts_of_url(access_.url).host);
  curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(near ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  if (!access_.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, access_.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, access_.password.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from.text().c_str());
  unread_ = message;
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(message.size()));
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, read);
  curl_easy_setopt(curl, CURLOPT_READDATA, this);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, came);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, sent);  // printed is nothing of it
  curl_easy_setopt(curl, CURLOPT_DEBUGDATA, this);
  curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_up);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(access_.connect_limit.count()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(access_.limit.count()));
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);  // a name that does not resolve is not waited for beyond the limit
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
}

SmtpSender::Answer SmtpSender::send(const WireAddress& from, const WireAddress& to, std::string_view message) {
  if (stopped_) return {{MailResult::try_again, "the program ends"}, false};
  set_up(from, message);
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> recipients(curl_slist_append(nullptr, to.text().c_str()),
                                                                      curl_slist_free_all);
  curl_easy_setopt(curl_.get(), CURLOPT_MAIL_RCPT, recipients.get());
  talk_.begin(to.needs_utf8());
  const auto code = curl_easy_perform(curl_.get());
  unread_ = {};
  // libcurl keeps a connection whose answer to the content did not come in time. It might still come, and be taken for
  // one about the next mail.
  if (code != CURLE_OK) {
    hang_up();
    start_anew();
  }
  if (code == CURLE_ABORTED_BY_CALLBACK && stopped_) return {{MailResult::try_again, "the program ends"}, false};
  return judged(code);
}

// libcurl's own words are constants; its error buffer would repeat what the server said.
SmtpSender::Answer SmtpSender::judged(CURLcode code) const {
  if (code == CURLE_OK) return {};
  const auto complaint = talk_.complaint();
  return {{talk_.refused_this_mail() ? MailResult::refused : MailResult::try_again,
           complaint.empty() ? curl_easy_strerror(code) : complaint},
          !talk_.looked_at_this_mail()};
}

}  // namespace epicura::mail
