#pragma once
// The program's front end behind a private nginx. It answers GET /devices/{id} and POST /devices/{id}/telemetry with
// the request's id in the body. Ids are made by id_of, and say how they want to be answered.

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include "tests/http/raw_client.hpp"
#include "tests/proxy/nginx.hpp"

namespace epicura::proxy::test {

using namespace std::chrono_literals;

enum class Pace {
  quick,     // at once, on the worker's thread
  slow,      // 2 to 20 ms later, from another thread
  big,       // so too, with 1 MiB of lines that all say the id
  smuggled,  // the request is not to arrive at all
};
// A UUID that no other client or number has.
std::string id_of(Pace pace, int client, int number);

class Front {
 public:
  Front();
  ~Front();
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  std::atomic<std::uint64_t> handed_over{0};  // requests that reached the handler
  std::atomic<std::uint64_t> smuggled{0};

 private:
  struct Waiting {
    http::Request request;
    http::Reply reply;
  };
  void take(http::Request request, const http::Reply& reply);
  void answer_later();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::multimap<std::chrono::steady_clock::time_point, Waiting> waiting_;
  std::mt19937 random_{7};
  bool stopped_ = false;
  std::thread answering_;

 public:
  http::test::Served served;
  Nginx nginx;
};

// Whether a 200 of Front is the answer to the request of this id, and to no other, from the first byte to the last.
bool is_for(const std::string& id, std::string_view body);

}  // namespace epicura::proxy::test
