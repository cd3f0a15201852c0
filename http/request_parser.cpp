#include "http/request_parser.hpp"

namespace epicura::http {

bool RequestParser::agrees(std::string_view method, std::string_view path) {
  head_.assign(method).append(" ").append(path).append(" HTTP/1.1\r\n\r\n");
  parser_.reset();
  try {
    return parser_.feed(head_.data(), head_.size()) && parser_.parse() == Pistache::Http::Private::State::Done &&
           parser_.request.resource() == path && Pistache::Http::methodString(parser_.request.method()) == method;
  } catch (const std::exception&) {  // its way of saying no
    return false;
  }
}

}  // namespace epicura::http
