#include "schema/observe/line_form.hpp"

#include <iterator>

#include "schema/json_text.hpp"

namespace epicura::log {

namespace {

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
}

class Fields {
 public:
  explicit Fields(std::string& out) : out_(out) {}
  void ours(std::string_view name, std::string_view value) { open(name).append("\"").append(value).append("\""); }
  void theirs(std::string_view name, std::string_view value) { append_json_string(open(name), value); }
  void number(std::string_view name, std::int64_t value) {
    const fmt::format_int digits(value);
    open(name).append(digits.data(), digits.size());
  }

 private:
  std::string& open(std::string_view name) {
    out_ += out_.empty() ? "\"" : ",\"";
    return out_.append(name).append("\":");
  }
  std::string& out_;
};

void append_json(std::string& out, const Access& request) {
  Fields fields(out);
  fields.ours("room", "access");
  fields.ours("message", "answered");
  fields.ours("request_id", request.request_id);
  if (!request.client_request_id.empty()) fields.theirs("client_request_id", request.client_request_id);
  fields.theirs("method", request.method);
  fields.ours("route", request.route);
  fields.number("status", request.status);
  fields.number("duration_us", request.duration.count());
  fields.ours("principal", request.principal);
  if (!request.principal_id.empty()) fields.theirs("principal_id", request.principal_id);
  fields.theirs("peer", request.peer);
}

void append_text(std::string& out, const Access& request) {
  const auto or_dash = [](std::string_view text) { return text.empty() ? std::string_view("-") : text; };
  fmt::format_to(std::back_inserter(out), "access: {} {} {} {} us, {} {}, {} {} from {}", request.method, request.route,
                 request.status, request.duration.count(), request.request_id, or_dash(request.client_request_id),
                 request.principal, or_dash(request.principal_id), or_dash(request.peer));
}

}  // namespace

void append_line(std::string& out, Form form, std::string_view room, std::string_view message) {
  if (form == Form::text) {
    out.append(room).append(": ");
    return append_escaped(out, message);
  }
  Fields fields(out);
  fields.ours("room", room);
  fields.theirs("message", message);
}

void append_line(std::string& out, Form form, const Access& request) {
  form == Form::json ? append_json(out, request) : append_text(out, request);
}

}  // namespace epicura::log
