#include "http/answer.hpp"

#include <charconv>
#include <ctime>

#include "http/compression.hpp"
#include "http/cors.hpp"

namespace epicura::http {

namespace {

constexpr std::size_t short_body = std::size_t{16} << 10;  // below this one copy is cheaper than a second buffer

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";  // the phrase means nothing, but may not be absent for some old clients
  }
}

// "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", made once a second and thread.
std::string_view date_field() {
  thread_local std::time_t made_at = 0;
  thread_local char text[48];
  thread_local std::size_t length = 0;
  const std::time_t now = std::time(nullptr);
  if (now != made_at) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    length = std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
    made_at = now;
  }
  return {text, length};
}

bool breaks_the_head(std::string_view text) {
  for (unsigned char c : text)
    if (c < ' ' || c == 0x7f) return true;
  return false;
}

void append_number(std::string& out, std::size_t number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

bool has_field(const Response& response, std::string_view name) {
  for (const auto& header : response.headers)
    if (header.first == name) return true;
  return false;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty() || breaks_the_head(name) || breaks_the_head(value)) return;
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

Outgoing serialize(const AnswerForm& form, Response response) {
  Outgoing out;
  out.status = response.status;
  out.close = form.close;
  out.route = form.route;
  out.received = form.received;
  const bool bodiless = response.status == 204 || response.status == 304;
  // Also for HEAD, whose answer says the length that GET's body would have.
  const bool lasting = !response.lasting_body.empty();
  const bool vary_encoding = !lasting && is_compressible(response.content_type, response.body.size()) &&
                             !has_field(response, "Content-Encoding");
  const bool compressed = vary_encoding && form.gzip && compress(response.body);
  const bool append_body = !bodiless && !form.head_only && !lasting && response.body.size() <= short_body;

  std::string& head = out.head;
  head.reserve(512 + (append_body ? response.body.size() : 0));
  head += "HTTP/1.1 ";
  append_number(head, static_cast<std::size_t>(response.status));
  head.append(" ").append(reason_phrase(response.status)).append("\r\n").append(date_field());
  if (!bodiless) {
    append_field(head, "Content-Type", response.content_type);
    head += "Content-Length: ";
    append_number(head, lasting ? response.lasting_body.size() : response.body.size());
    head += "\r\n";
  }
  if (compressed) head += "Content-Encoding: gzip\r\n";
  if (vary_encoding) head += "Vary: Accept-Encoding\r\n";
  if (form.vary_origin) head += "Vary: Origin\r\n";
  if (!form.allow_origin.empty()) {
    append_field(head, "Access-Control-Allow-Origin", form.allow_origin);
    append_field(head, "Access-Control-Expose-Headers", exposed_fields);
  }
  if (form.close) head += "Connection: close\r\n";
  append_field(head, "X-Request-Id", form.request_id);
  append_field(head, "X-Client-Request-Id", form.client_request_id);
  head += "X-Content-Type-Options: nosniff\r\n";
  bool cache_control = false;
  bool policy = false;
  for (const auto& [name, value] : response.headers) {
    cache_control = cache_control || name == "Cache-Control";
    policy = policy || name == "Content-Security-Policy";
    // A strong tag says that the bytes are the same, and these are others than without compression.
    const bool weaken = compressed && name == "ETag" && value.starts_with('"');
    append_field(head, name, weaken ? "W/" + value : value);
  }
  if (!cache_control) head += "Cache-Control: no-store\r\n";
  // Data is no page: opened as one it may do nothing, and nobody frames it. A 304 leaves what its page came with.
  if (!policy && !bodiless)
    head += "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nX-Frame-Options: DENY\r\n";
  head += "\r\n";
  if (append_body) {
    head += response.body;
  } else if (!bodiless && !form.head_only) {
    out.body = std::move(response.body);
    out.lasting_body = response.lasting_body;
  }
  return out;
}

}  // namespace epicura::http
