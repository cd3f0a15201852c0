#include "schema/mail/header.hpp"

#include <fmt/chrono.h>

#include <algorithm>

#include "schema/base64.hpp"
#include "schema/utf8.hpp"

namespace epicura::mail {

namespace {

// Encoded, with the 12 bytes around it and a field's name before it, this stays below 76 characters.
constexpr std::size_t most_bytes_of_a_word = 39;
constexpr std::size_t most_bytes_of_a_plain_value = 60;

bool is_printable(char c) {
  return c >= ' ' && c <= '~';
}

// Can stand there as it is: one line, and nothing that would be read as an encoded word.
bool is_plain(std::string_view text) {
  return text.size() <= most_bytes_of_a_plain_value && std::all_of(text.begin(), text.end(), is_printable) &&
         text.find("=?") == std::string_view::npos;
}

// The bytes of the first code point; takes them from `text`.
std::string take_character(std::string_view& text) {
  const auto before = text;
  const auto point = take_code_point(text);
  if (!point) {
    text.remove_prefix(1);
    return "\xef\xbf\xbd";
  }
  if (*point < ' ' || (*point >= 0x7f && *point < 0xa0)) return " ";
  return std::string(before.substr(0, before.size() - text.size()));
}

// A character is never cut in two: RFC 2047, 5.
std::string encoded_words(std::string_view text) {
  std::string out;
  std::string word;
  const auto finish = [&] {
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + base64(word) + "?=";
    word.clear();
  };
  while (!text.empty()) {
    const auto character = take_character(text);
    if (word.size() + character.size() > most_bytes_of_a_word) finish();
    word += character;
  }
  finish();
  return out;
}

}  // namespace

std::string text_value(std::string_view text) {
  return is_plain(text) ? std::string(text) : encoded_words(text);
}

std::string mailbox_value(std::string_view name, const WireAddress& address) {
  if (name.empty()) return "<" + address.text() + ">";
  std::string shown;
  if (is_plain(name)) {
    shown = "\"";
    for (const char c : name) {
      if (c == '"' || c == '\\') shown += '\\';
      shown += c;
    }
    shown += '"';
  } else {
    shown = encoded_words(name);
  }
  return shown + "\r\n <" + address.text() + ">";
}

std::string date_value(Timestamp at) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000", fmt::gmtime(std::chrono::system_clock::to_time_t(at)));
}

std::string url_value(std::string_view url) {
  std::string out = "<";
  for (const char c : url) {
    const bool stands = c > ' ' && c <= '~' && c != '<' && c != '>' && c != '"';
    out += stands ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out + ">";
}

}  // namespace epicura::mail
