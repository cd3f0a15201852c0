// Any bytes from a client, cut anywhere: the whole way from bytes to requests and refusals.
// - However the bytes are cut, the same comes of them, and nothing after a refusal that closes.
// - Good requests around the same bytes as a body are as many as were sent, each with its own body: nothing in a body
//   is ever a request.
// - The answer to whatever came has one head, which nothing of the client's can break apart.

#include <cstdlib>
#include <string>
#include <vector>

#include "http/answer.hpp"
#include "http/request_reader.hpp"

using namespace epicura;
using namespace epicura::http;

namespace {

const ReaderRules& rules() {
  static const ReaderRules made{.routes = api_routes,
                                .cors = CorsPolicy("https://app.example.org"),
                                .trusted_proxies = *parse_address_blocks("192.0.2.0/24")};
  return made;
}

void must(bool holds) {
  if (!holds) std::abort();
}

struct Seen {
  int status = 0;  // of a refusal; 0: a request
  bool close = false;
  std::string path;
  std::string body;

  bool operator==(const Seen&) const = default;
};

void check_answer(const AnswerForm& form, Response response) {
  const auto outgoing = serialize(form, std::move(response));
  const auto end = outgoing.head.find("\r\n\r\n");
  must(end != std::string::npos);
  const auto head = std::string_view(outgoing.head).substr(0, end);
  must(head.find('\0') == std::string_view::npos);
  for (std::size_t at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1))
    must(at > 0 && head[at - 1] == '\r');
  must(head.find("Connection: close") != std::string_view::npos || !form.close);
}

// Feeds the bytes in pieces of the lengths that `cuts` says, in turn; without any, all at once.
std::vector<Seen> read(std::string_view bytes, std::string_view cuts) {
  static RequestParser parser(rules().max_head);
  static const IpAddress peer = *IpAddress::parse("192.0.2.1");
  RequestReader reader(rules(), peer);
  std::vector<Seen> seen;
  for (std::size_t turn = 0; !bytes.empty(); ++turn) {
    const std::size_t wanted = cuts.empty() ? bytes.size() : static_cast<unsigned char>(cuts[turn % cuts.size()]) + 1U;
    const auto piece = bytes.substr(0, wanted);
    bytes.remove_prefix(piece.size());
    reader.append(piece);
    while (true) {
      auto outcome = reader.next(parser);
      if (std::holds_alternative<NeedsMore>(outcome)) break;
      if (auto* incoming = std::get_if<Incoming>(&outcome)) {
        const Request& request = incoming->request;
        must(request.route != nullptr && request.body.size() <= request.route->max_body);
        must(request.path.find('\0') == std::string::npos && request.path.find("/../") == std::string::npos);
        check_answer(incoming->form, {.body = request.path, .headers = {}});
        seen.push_back({0, incoming->form.close, request.path, request.body});
        // Who writes an answer that says close reads on no further.
        if (incoming->form.close) return seen;
        continue;
      }
      auto& refusal = std::get<Refusal>(outcome);
      seen.push_back({refusal.response.status, refusal.form.close, {}, {}});
      check_answer(refusal.form, std::move(refusal.response));
      if (seen.back().close) return seen;
    }
  }
  return seen;
}

// The client that waits for "100 Continue" hears a verdict before its body or behind it, as the bytes come.
bool depends_on_cuts(std::string_view bytes) {
  for (std::size_t i = 0; i + 6 <= bytes.size(); ++i) {
    std::string word(bytes.substr(i, 6));
    for (char& c : word) c = static_cast<char>(c | 0x20);
    if (word == "expect") return true;
  }
  return false;
}

void check_body(const std::string& body, std::string_view cuts) {
  constexpr int count = 3;
  std::string bytes;
  for (int i = 0; i < count; ++i)
    bytes += "POST /devices/d" + std::to_string(i) +
             "/telemetry HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  const auto seen = read(bytes, cuts);
  must(seen.size() == count);
  for (int i = 0; i < count; ++i)
    must(seen[static_cast<std::size_t>(i)] == Seen{0, false, "/devices/d" + std::to_string(i) + "/telemetry", body});
}

}  // namespace

// The first byte says how many more are lengths of pieces; the rest is what the client sends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto cuts = input.substr(1, data[0] % 8U);
  const auto bytes = input.substr(1 + cuts.size());
  const auto whole = read(bytes, {});
  if (!depends_on_cuts(bytes)) must(read(bytes, cuts) == whole);
  check_body(std::string(bytes), cuts);
  return 0;
}
