#pragma once
// The one frame of all mails in HTML. Mail programs know little of CSS: a table, styles in the elements, no pictures,
// no fonts or scripts from elsewhere, and no colours of text and ground, so that a dark one may choose its own.

#include <string>
#include <string_view>
#include <vector>

namespace epicura::mail {

// For text and for values of attributes in double quotes.
std::string html_escaped(std::string_view text);

// What stands there in its order; everything is escaped here. No button where there is no link.
struct Page {
  std::string_view title;
  std::string greeting;
  std::vector<std::string> before;
  std::string_view button;
  std::string_view link;
  std::vector<std::string> after;
};
std::string html_page(const Page& page);

}  // namespace epicura::mail
