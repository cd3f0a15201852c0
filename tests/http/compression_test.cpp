#include "http/compression.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <random>
#include <string>
#include <thread>

#include "gunzip.hpp"

using namespace epicura::http;
using namespace epicura::http::test;

TEST_CASE("what an Accept-Encoding wants") {
  for (const char* yes : {"gzip", "GZip", "x-gzip", "br, gzip", "gzip;q=1", "gzip;q=0.001", "gzip ; q=0.5, br;q=1", "*",
                          "identity;q=0, *", "identity;q=0.5, gzip", "br;q=1.0, gzip;q=0.8, *;q=0.1", "deflate,gzip,br",
                          "gzip;q=1.000", ", gzip ,", "gzip;Q=0.3"})
    CHECK_MESSAGE(wants_gzip(yes), yes);
  for (const char* no :
       {"", "identity", "br", "gzip;q=0", "gzip; q=0.000", "*;q=0", "gzip;q=0, *", "gzip;q=0.4, identity;q=0.5",
        "gzipped", "gzip;q=", "gzip;q=2", "gzip;q=-1", "gzip;q=1.5", "gzip;q=x", "gzip;q=0.0001", ";;;", ",,,", ";q=1"})
    CHECK_MESSAGE(!wants_gzip(no), no);
}

TEST_CASE("what is worth it") {
  CHECK(is_compressible("application/json", 1025));
  CHECK_FALSE(is_compressible("application/json", 1024));
  CHECK(is_compressible("application/problem+json", 5000));
  CHECK(is_compressible("text/html; charset=utf-8", 5000));
  CHECK(is_compressible("application/javascript", 5000));
  CHECK(is_compressible("image/svg+xml", 5000));
  CHECK_FALSE(is_compressible("image/png", 5000));
  CHECK_FALSE(is_compressible("application/octet-stream", 5000));
  CHECK_FALSE(is_compressible("", 5000));
  CHECK_FALSE(is_compressible("application/json", std::size_t{100} << 20));
}

TEST_CASE("what comes out goes in again; what does not get shorter stays") {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "{\"value\": " + std::to_string(i * 7919 % 1000) + "},";
  for (int round = 0; round < 3; ++round) {
    std::string body = text;
    REQUIRE(compress(body));
    CHECK(body.size() < text.size() / 3);
    CHECK(gunzip(body) == text);
  }
  std::mt19937 random(1);
  std::string noise;
  for (int i = 0; i < 5000; ++i) noise += static_cast<char>(random());
  std::string body = noise;
  CHECK_FALSE(compress(body));
  CHECK(body == noise);
}

TEST_CASE("a thread compresses no more than its share of a second") {
  const std::string text(std::size_t{1} << 20, 'x');
  std::thread([&] {
    int compressed = 0;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 40; ++i) {
      std::string body = text;
      if (compress(body)) ++compressed;
    }
    if (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(900)) CHECK(compressed == 16);
    CHECK(compressed < 40);
    std::this_thread::sleep_until(start + std::chrono::milliseconds(1100));
    std::string body = text;
    CHECK(compress(body));
  }).join();
}
