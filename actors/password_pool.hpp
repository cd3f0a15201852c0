#pragma once
// Threads for what a password costs: a hash takes 15 ms and 19 MiB by design (schema/password.hpp), an older one up to
// a second. They run at a low priority, so that however many wait to sign in, everybody else is served before. They
// read and write files for requests as well: the process has no thread to spare for that alone.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "schema/ip_address.hpp"
#include "schema/observe/metrics.hpp"

namespace epicura {

struct PasswordWork {
  std::string password;
  std::string hash;            // to be proved against it; empty: a new one is wanted
  bool renew = false;          // where it is right, and hashed in an older way: make a new one as well
  std::string wanted_by = {};  // the client's address: each network has its turn
  // Nobody waits for it any more once that is true, or after that time.
  std::shared_ptr<const std::atomic<bool>> let_go = {};
  std::chrono::steady_clock::time_point due = std::chrono::steady_clock::time_point::max();
};

// A file that a request reads or writes.
struct FileWork {
  std::function<void()> run;  // on a thread of the pool, unless it was let go; must not throw
  std::string wanted_by = {};
  std::shared_ptr<const std::atomic<bool>> let_go = {};
  std::chrono::steady_clock::time_point due = std::chrono::steady_clock::time_point::max();
};

struct PasswordAnswer {
  bool right = false;    // of one that was to be proved
  bool failed = false;   // no memory for it
  std::string new_hash;  // empty: none
};

class PasswordPool {
 public:
  static constexpr std::size_t most_waiting = 512;
  static constexpr std::size_t most_of_one = most_waiting / 2;  // from one network
  static constexpr std::size_t most_files = most_waiting / 4;   // so that passwords always have room
  // On a thread of the pool, unless the work was let go: too late, or at the end. Must not block.
  using Done = std::function<void(PasswordAnswer)>;

  PasswordPool(std::size_t threads, observe::Metrics& metrics);
  ~PasswordPool();  // stop()
  PasswordPool(const PasswordPool&) = delete;
  PasswordPool& operator=(const PasswordPool&) = delete;

  // Any thread. One network's in the order of submission, networks in turn. False: too many wait, and `done` will not
  // be called.
  bool submit(PasswordWork work, Done done);
  // Likewise.
  bool submit(FileWork work);
  // What waits is let go, what is at work is waited for. Nothing more is taken.
  void stop();

 private:
  struct Job {
    std::function<void()> run;
    std::shared_ptr<const std::atomic<bool>> let_go;
    std::chrono::steady_clock::time_point due;
    bool is_file = false;
  };
  bool submit(const std::string& wanted_by, Job job);
  void run();
  Job take();
  bool is_wanted(const Job& job);

  observe::Counter& hashes_;
  observe::Counter& refused_;
  observe::Counter& let_go_;
  observe::Gauge& waiting_gauge_;
  std::mutex mutex_;  // guards the rest
  std::condition_variable wake_;
  std::map<IpAddress, std::deque<Job>> waiting_;  // none is empty
  std::deque<IpAddress> turns_;                   // each of those once
  std::size_t waiting_in_all_ = 0;
  std::size_t waiting_files_ = 0;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace epicura
