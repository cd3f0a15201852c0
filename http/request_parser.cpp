#include "http/request_parser.hpp"

namespace epicura::http {

namespace {

constexpr std::size_t longest_remembered = 256;  // bytes

}  // namespace

bool RequestParser::agrees(std::string_view method, std::string_view path) {
  head_.assign(method).append(" ").append(path).append(" HTTP/1.1\r\n\r\n");
  auto& known = agreed_[std::hash<std::string>{}(head_) % agreed_.size()];
  if (known == head_) return true;
  parser_.reset();
  try {
    const bool agreed = parser_.feed(head_.data(), head_.size()) &&
                        parser_.parse() == Pistache::Http::Private::State::Done && parser_.request.resource() == path &&
                        Pistache::Http::methodString(parser_.request.method()) == method;
    if (agreed && head_.size() <= longest_remembered) known = head_;
    return agreed;
  } catch (const std::exception&) {  // its way of saying no
    return false;
  }
}

}  // namespace epicura::http
