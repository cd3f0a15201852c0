// Clients of other makes, through nginx: curl, Python's http.client, Node's fetch, h2load. Those that are not installed
// are skipped with a word.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "tests/fault/chance.hpp"
#include "tests/proxy/front.hpp"

using namespace epicura::proxy::test;
using epicura::tests::rounds;

namespace {

struct Ran {
  int code = -1;
  std::string output;  // and what it said on standard error
};

Ran run(const std::string& command) {
  Ran ran;
  std::FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return ran;
  std::array<char, 4096> buffer{};
  while (const auto count = std::fread(buffer.data(), 1, buffer.size(), pipe)) ran.output.append(buffer.data(), count);
  const int status = ::pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

bool is_here(const std::string& program) {
  const bool here = run("command -v " + program).code == 0;
  if (!here) std::fprintf(stderr, "skipped: %s is not installed\n", program.c_str());
  return here;
}

const std::string clients = EPICURA_SOURCE_DIR "/tests/proxy/clients/";

}  // namespace

TEST_CASE("curl") {
  if (!is_here("curl")) return;
  Front front;
  for (const char* version : {"--http1.0", "--http1.1", "--http2"}) {
    const auto id = id_of(Pace::slow, 1, 1);
    const auto curl = fmt::format("curl -sS -m 10 --noproxy '*' --cacert {} {} ", front.nginx.certificate(), version);
    const auto got = run(curl + "-H 'X-Request-Id: mine' -D - " + front.nginx.url("/api/devices/" + id));
    CHECK_MESSAGE(got.code == 0, got.output);
    CHECK_MESSAGE(got.output.ends_with("\r\n\r\n" + id + "\n"), got.output);
    const char* const field =
        std::string(version) == "--http2" ? "\nx-client-request-id: mine" : "\nX-Client-Request-Id: mine";
    CHECK(got.output.find(field) != std::string::npos);
    const auto head = run(curl + "-I " + front.nginx.url("/devices/" + id));
    CHECK_MESSAGE(head.output.find(" 200") != std::string::npos, head.output);
    CHECK(head.output.find(fmt::format("ontent-{}ength: {}", version[6] == '2' ? 'l' : 'L', id.size() + 1)) !=
          std::string::npos);
    if (std::string(version) == "--http1.0") continue;  // has no way to say that a body has no length
    // A body from a pipe has none; curl asks before it sends it (Expect).
    const auto put = run(fmt::format("head -c 500000 /dev/zero | {} -X POST -T - -H 'Expect: 100-continue' {}", curl,
                                     front.nginx.url("/devices/" + id + "/telemetry")));
    CHECK_MESSAGE(put.output == id + "\n", put.output);
  }
}

TEST_CASE("Python's http.client") {
  if (!is_here("python3")) return;
  Front front;
  const auto count = std::to_string(rounds(300));
  const auto ran = run(
      fmt::format("python3 {}keep_alive.py {} {} {}", clients, front.nginx.port(), front.nginx.certificate(), count));
  CHECK_MESSAGE(ran.code == 0, ran.output);
  CHECK(ran.output == count + "\n");
}

TEST_CASE("Node's fetch") {
  if (!is_here("node")) return;
  Front front;
  const int count = rounds(400);
  const auto ran = run(fmt::format("NODE_EXTRA_CA_CERTS={} node {}undici.mjs {} {}", front.nginx.certificate(), clients,
                                   front.nginx.port(), count));
  CHECK_MESSAGE(ran.code == 0, ran.output);
  CHECK(ran.output == std::to_string(count - count / 5) + "\n");
}

TEST_CASE("h2load, nearly as many requests a connection as nginx takes") {
  if (!is_here("h2load")) return;
  Front front;
  const int count = 8 * 990;  // it takes no GOAWAY for an answer
  const int times = rounds(2);
  for (int i = 0; i < 2 * times; ++i) {
    const char* const protocol = i % 2 == 0 ? "" : "--h1";
    const auto ran = run(fmt::format("h2load {} -n {} -c 8 -m 10 -T 20 {}", protocol, count,
                                     front.nginx.url("/devices/" + id_of(Pace::quick, 1, 1))));
    CHECK(ran.code == 0);
    CHECK_MESSAGE(
        ran.output.find(fmt::format("{0} succeeded, 0 failed, 0 errored, 0 timeout", count)) != std::string::npos,
        ran.output);
    CHECK_MESSAGE(ran.output.find(fmt::format("{} 2xx, 0 3xx, 0 4xx, 0 5xx", count)) != std::string::npos, ran.output);
  }
  CHECK(front.served.counted("epicura_http_connections_accepted_total") <= 2 * 8 * 10 + 8);
}

TEST_CASE("a connection has 1,000 requests, HTTP/2 streams as well") {
  if (!is_here("h2load")) return;
  Front front;
  const auto url = front.nginx.url("/devices/" + id_of(Pace::quick, 1, 1));
  const auto ran = run(fmt::format("h2load -n 3000 -c 1 -m 1 -T 20 {}", url));
  CHECK_MESSAGE(front.handed_over >= 1000, ran.output);
  CHECK_MESSAGE(front.handed_over <= 1001, ran.output);
}
