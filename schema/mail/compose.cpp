#include "schema/mail/compose.hpp"

#include <fmt/chrono.h>

#include "schema/mail/greeting_name.hpp"
#include "schema/mail/html_page.hpp"

namespace epicura::mail {

namespace {

// "21 November 2026, 13:48 UTC"
std::string shown_time(Timestamp at) {
  const auto time = fmt::gmtime(std::chrono::system_clock::to_time_t(at));
  return fmt::format("{} {:%B %Y, %H:%M} UTC", time.tm_mday, time);
}

std::vector<std::string> filled(std::span<const std::string_view> paragraphs, const std::string& when) {
  constexpr std::string_view place = "{when}";
  std::vector<std::string> out(paragraphs.begin(), paragraphs.end());
  for (auto& text : out) {
    if (const auto at = text.find(place); at != std::string::npos) text.replace(at, place.size(), when);
  }
  return out;
}

std::string plain_text(const Page& page) {
  std::string out = page.greeting + "\n\n";
  for (const auto& text : page.before) out += text + "\n\n";
  if (!page.link.empty()) out.append(page.button).append(":\n").append(page.link).append("\n\n");
  for (const auto& text : page.after) out += text + "\n\n";
  return out + "-- \nEpicura wrote this mail by itself; nobody reads an answer.\n";
}

}  // namespace

Mail compose(Kind kind, const Fields& fields) {
  const auto& wording = wording_of(kind);
  const auto when = shown_time(fields.when);
  const auto name = greeting_name(fields.to.name);
  Page page{wording.subject,
            name.empty() ? "Hello," : "Hello " + name + ",",
            filled(wording.before, when),
            wording.button,
            {},
            filled(wording.after, when)};
  if (!wording.button.empty()) page.link = fields.link;
  Mail mail;
  mail.id = fields.id;
  mail.user = fields.user;
  mail.to = {name, fields.to.address};
  mail.subject = fmt::format("Epicura: {}", wording.subject);
  mail.text = plain_text(page);
  mail.html = html_page(page);
  mail.link = page.link;
  return mail;
}

}  // namespace epicura::mail
