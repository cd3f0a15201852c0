// What is spoken on the outer side: TLS and HTTP versions.

#include <curl/curl.h>
#include <doctest/doctest.h>

#include "tests/proxy/front.hpp"
#include "tests/proxy/tls_client.hpp"

using namespace epicura::proxy::test;

TEST_CASE("TLS 1.2 and 1.3 are spoken, older ones are refused") {
  Front front;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const char* const name = version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3";
    TlsClient client(front.nginx.port(), {.least = version, .most = version});
    REQUIRE_MESSAGE(client.connected(), name << ": " << client.refusal());
    CHECK(client.version() == name);
    const auto answer = client.ask(get("/health"));
    REQUIRE(answer);
    CHECK(answer->status == 200);
  }
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    TlsClient old(front.nginx.port(), {.least = version, .most = version});
    CHECK_FALSE(old.connected());
    // The server's own word for it, so it was not this client that did not want to.
    CHECK_MESSAGE(old.refusal().find("alert protocol version") != std::string::npos, old.refusal());
  }
}

TEST_CASE("of TLS 1.2 only ciphers with forward secrecy and authenticated encryption") {
  Front front;
  for (const char* ciphers : {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"}) {
    TlsClient client(front.nginx.port(), {.least = TLS1_2_VERSION, .most = TLS1_2_VERSION, .ciphers = ciphers});
    CHECK_MESSAGE(client.connected(), ciphers << ": " << client.refusal());
  }
  for (const char* ciphers : {"ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "AES128-GCM-SHA256", "AES128-SHA",
                              "DHE-RSA-AES128-SHA", "aNULL:eNULL"}) {
    TlsClient client(front.nginx.port(), {.least = TLS1_2_VERSION, .most = TLS1_2_VERSION, .ciphers = ciphers});
    CHECK_MESSAGE(!client.connected(), ciphers);
    CHECK_MESSAGE(client.refusal().find("alert handshake failure") != std::string::npos, client.refusal());
  }
}

TEST_CASE("HTTP/2 and HTTP/1.1, as the client likes") {
  Front front;
  CHECK(TlsClient(front.nginx.port(), {.alpn = "h2"}).protocol() == "h2");
  CHECK(TlsClient(front.nginx.port(), {.alpn = "http/1.1"}).protocol() == "http/1.1");

  for (const auto& [wanted, spoken] : {std::pair{CURL_HTTP_VERSION_2TLS, CURL_HTTP_VERSION_2_0},
                                       std::pair{CURL_HTTP_VERSION_1_1, CURL_HTTP_VERSION_1_1},
                                       std::pair{CURL_HTTP_VERSION_1_0, CURL_HTTP_VERSION_1_1}}) {
    const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
    curl_easy_setopt(curl.get(), CURLOPT_URL, front.nginx.url("/health").c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CAINFO, front.nginx.certificate().c_str());
    curl_easy_setopt(curl.get(), CURLOPT_HTTP_VERSION, static_cast<long>(wanted));
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 10L);
    curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION,
                     static_cast<curl_write_callback>([](char*, size_t size, size_t n, void*) { return size * n; }));
    const auto code = curl_easy_perform(curl.get());
    CHECK_MESSAGE(code == CURLE_OK, curl_easy_strerror(code));
    long status = 0;
    long version = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl.get(), CURLINFO_HTTP_VERSION, &version);
    CHECK(status == 200);
    CHECK(version == spoken);
  }
}

TEST_CASE("whoever does not speak TLS is told so, and nobody else is disturbed") {
  Front front;
  TlsClient polite(front.nginx.port());
  epicura::http::test::RawClient plain(front.nginx.port());
  const auto answer = plain.ask(get("/health"));
  REQUIRE(answer);
  CHECK(answer->status == 400);
  CHECK(answer->field("Content-Type") == "application/problem+json");

  epicura::http::test::RawClient garbage(front.nginx.port());
  garbage.send(std::string(10'000, '\x16'));
  CHECK(garbage.closed());
  const auto health = polite.ask(get("/health"));
  REQUIRE(health);
  CHECK(health->status == 200);
  CHECK(front.handed_over == 1);
}
