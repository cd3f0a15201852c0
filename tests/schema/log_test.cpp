#include "schema/observe/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include <doctest/doctest.h>

#include "schema/bounded_json.hpp"
#include "schema/observe/line_queue.hpp"

using namespace epicura;

namespace {

// Standard error goes into a pipe for as long as this lives. What fits into the pipe can be read afterwards.
class Captured {
 public:
  Captured() : before_(dup(STDERR_FILENO)) {
    REQUIRE(pipe2(ends_.data(), O_CLOEXEC) == 0);
    REQUIRE(dup2(ends_[1], STDERR_FILENO) == STDERR_FILENO);
  }
  ~Captured() {
    dup2(before_, STDERR_FILENO);
    for (const int fd : {before_, ends_[0], ends_[1]}) close(fd);
  }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;

  std::vector<std::string> lines() const {
    fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    std::string text;
    char buffer[4096];
    for (ssize_t count = 0; (count = read(ends_[0], buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<std::size_t>(count));
    std::vector<std::string> out;
    for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
      out.push_back(text.substr(at, end - at));
    return out;
  }
  int reading_end() const { return ends_[0]; }

 private:
  int before_;
  std::array<int, 2> ends_{};
};

std::vector<std::string> logged(log::Level least, log::Form form, const std::function<void()>& say,
                                bool access_lines = true) {
  const Captured captured;
  log::start(least, form, access_lines);
  say();
  log::stop();
  log::start(log::Level::info);  // whoever logs next in this process does so as before
  log::stop();
  return captured.lines();
}

const log::Access answered{.request_id = "0198c0de-0000-7000-8000-00000000abcd",
                           .client_request_id = "theirs",
                           .method = "GET",
                           .route = "getDevice",
                           .status = 200,
                           .duration = std::chrono::microseconds{812},
                           .principal = "admin",
                           .principal_id = "0198c0de-0000-7000-8000-00000000abce",
                           .peer = "127.0.0.1"};

}  // namespace

TEST_CASE("each line is one JSON object with the same names, whatever is said") {
  const std::string hostile = "a \"quote\"\n{\"level\":\"error\"}\r\t\x1b[31m \x7f \xff \\ {} %v %";
  const auto lines = logged(log::Level::info, log::Form::json, [&] {
    log::warning("room", "{}", hostile);
    log::debug("room", "not this");
    log::error("room", "that");
  });
  REQUIRE(lines.size() == 2);
  const auto first = Json::parse(lines[0]);
  CHECK(first.size() == 4);
  CHECK(first["level"] == "warning");
  CHECK(first["room"] == "room");
  CHECK(first["message"] == "a \"quote\"\n{\"level\":\"error\"}\r\t\x1b[31m \x7f \xef\xbf\xbd \\ {} %v %");
  CHECK(parse_rfc3339(first["time"].get<std::string>()));
  for (const unsigned char c : lines[0]) {
    CHECK(c >= 0x20);
    CHECK(c != 0x7f);
  }
  CHECK(Json::parse(lines[1])["level"] == "error");
}

TEST_CASE("an access line tells of a request, at a level by its status") {
  const auto lines = logged(log::Level::info, log::Form::json, [] {
    log::access(answered);
    for (const int status : {404, 499, 500, 503, 504}) {
      auto other = answered;
      other.status = status;
      other.client_request_id = other.principal_id = {};
      other.principal = "nobody";
      log::access(other);
    }
  });
  REQUIRE(lines.size() == 6);
  auto first = Json::parse(lines[0]);
  first.erase("time");
  CHECK(first == Json{{"level", "info"},
                      {"room", "access"},
                      {"message", "answered"},
                      {"request_id", "0198c0de-0000-7000-8000-00000000abcd"},
                      {"client_request_id", "theirs"},
                      {"method", "GET"},
                      {"route", "getDevice"},
                      {"status", 200},
                      {"duration_us", 812},
                      {"principal", "admin"},
                      {"principal_id", "0198c0de-0000-7000-8000-00000000abce"},
                      {"peer", "127.0.0.1"}});
  const char* levels[] = {"info", "info", "error", "warning", "warning"};
  for (std::size_t i = 0; i < 5; ++i) CHECK(Json::parse(lines[i + 1])["level"] == levels[i]);
  CHECK_FALSE(Json::parse(lines[1]).contains("client_request_id"));
}

TEST_CASE("access lines can be left out, and are below the level warning") {
  CHECK(logged(
            log::Level::info, log::Form::json, [] { log::access(answered); }, false)
            .empty());
  CHECK(logged(log::Level::warning, log::Form::json, [] { log::access(answered); }).empty());
}

TEST_CASE("as text a line is a line too") {
  const auto lines = logged(log::Level::info, log::Form::text, [] {
    log::info("room", "{}", "two\nlines");
    log::access(answered);
  });
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].ends_with(R"(info room: two\x0alines)"));
  CHECK(lines[1].find("access: GET getDevice 200 812 us") != std::string::npos);
}

TEST_CASE("what nobody reads is dropped, the oldest first, and counted; nobody waits for it") {
  std::array<int, 2> ends{};
  REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0);
  const std::string padding(1000, 'x');
  constexpr std::uint64_t count = 2000;  // 2 MB, to 64 kB of pipe and 2 chunks of 64 kB
  std::uint64_t read_lines = 0;
  std::string text;
  std::thread reader;
  {
    log::LineQueue queue(ends[1], 2);
    for (std::uint64_t i = 0; i < count; ++i) queue.put(padding + std::to_string(i) + "\n");
    CHECK(queue.dropped() > count / 2);
    reader = std::thread([&] {
      char buffer[65536];
      for (ssize_t got = 0; (got = read(ends[0], buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(got));
    });
    read_lines = count - queue.dropped();
  }  // writes what it still has
  close(ends[1]);
  reader.join();
  close(ends[0]);
  CHECK(static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')) == read_lines);
  CHECK(text.ends_with(std::to_string(count - 1) + "\n"));
}
