#include "http/web_files.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <set>
#include <thread>
#include <vector>

#include "gunzip.hpp"

using namespace epicura::http;

TEST_CASE("the page holds no script and no style of its own, and asks for nothing but its own files") {
  REQUIRE(find_web_file("docs.html") != nullptr);
  const std::string page(content_of(*find_web_file("docs.html")));
  CHECK(page.starts_with("<!doctype html>"));
  CHECK(page.find("<script>") == std::string::npos);
  CHECK(page.find("<style") == std::string::npos);
  CHECK(page.find("://") == std::string::npos);
  std::set<std::string> asked;
  for (const std::string before : {"src=\"docs/", "href=\"docs/"}) {
    for (auto at = page.find(before); at != std::string::npos; at = page.find(before, at + 1)) {
      const auto begin = at + before.size();
      asked.insert(page.substr(begin, page.find('"', begin) - begin));
    }
  }
  CHECK(asked == std::set<std::string>{"favicon-32x32.png", "page.js", "swagger-ui-bundle.js", "swagger-ui.css"});
  if (!has_swagger_ui()) {
    std::fprintf(stderr, "skipped: the files of Swagger UI: the build had no npm, or could not fetch them\n");
    return;
  }
  for (const auto& file : asked) {
    REQUIRE_MESSAGE(find_web_file(file) != nullptr, file);
    CHECK_MESSAGE(content_of(*find_web_file(file)).size() > 100, file);
  }
  CHECK(content_of(*find_web_file("swagger-ui-bundle.js")).find("SwaggerUIBundle") != std::string::npos);
  CHECK(content_of(*find_web_file("page.js")).find("openapi.json") != std::string::npos);
}

TEST_CASE("a file is unpacked once, whoever asks first, and stays where it is") {
  for (const auto& file : web_files()) {
    std::vector<std::string_view> seen(4);
    std::vector<std::thread> threads;
    threads.reserve(seen.size());
    for (auto& content : seen) threads.emplace_back([&content, &file] { content = content_of(file); });
    for (auto& thread : threads) thread.join();
    for (const auto& content : seen) CHECK(content.data() == seen[0].data());
    CHECK(test::gunzip(file.gzipped) == seen[0]);
  }
}

TEST_CASE("each file has a type and a tag of its own; there is no other") {
  std::set<std::string_view> tags;
  for (const auto& file : web_files()) {
    CHECK_FALSE(file.content_type.empty());
    CHECK(file.etag.starts_with('"'));
    CHECK(tags.insert(file.etag).second);
  }
  for (const char* name : {"", "docs", "../docs.html", "package.json", "Docs.html"})
    CHECK_MESSAGE(find_web_file(name) == nullptr, name);
}
