#include "schema/mail/html_page.hpp"

#include <fmt/format.h>

namespace epicura::mail {

namespace {

std::string paragraph(std::string_view text) {
  return fmt::format("<p style=\"margin:0 0 16px\">{}</p>\n", html_escaped(text));
}

std::string button(std::string_view label, std::string_view link) {
  const auto address = html_escaped(link);
  return fmt::format(
      "<p style=\"margin:24px 0\"><a href=\"{}\" style=\"display:inline-block;padding:12px 24px;border-radius:6px;"
      "background:#b8431c;color:#ffffff;font-weight:bold;text-decoration:none\">{}</a></p>\n"
      "<p style=\"margin:0 0 16px;font-size:13px;word-break:break-all\">Or open this address: "
      "<a href=\"{}\">{}</a></p>\n",
      address, html_escaped(label), address, address);
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string html_page(const Page& page) {
  std::string content = paragraph(page.greeting);
  for (const auto& text : page.before) content += paragraph(text);
  if (!page.link.empty()) content += button(page.button, page.link);
  for (const auto& text : page.after) content += paragraph(text);
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>{}</title>\n</head>\n"
      "<body style=\"margin:0;padding:24px 12px\">\n"
      "<table role=\"presentation\" align=\"center\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" "
      "style=\"max-width:560px;margin:0 auto\">\n"
      "<tr><td style=\"font:16px/1.5 Helvetica,Arial,sans-serif\">\n"
      "<p style=\"margin:0 0 24px;font-size:20px;font-weight:bold\">Epicura</p>\n{}"
      "<hr style=\"border:0;border-top:1px solid #888888;margin:24px 0 12px\">\n"
      "<p style=\"margin:0;font-size:13px\">Epicura wrote this mail by itself; nobody reads an answer.</p>\n"
      "</td></tr>\n</table>\n</body>\n</html>\n",
      html_escaped(page.title), content);
}

}  // namespace epicura::mail
