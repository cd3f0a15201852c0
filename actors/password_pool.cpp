#include "actors/password_pool.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "schema/observe/log.hpp"
#include "schema/password.hpp"

namespace epicura {

namespace {

constexpr int niceness = 10;

// bcrypt has looked at so many bytes and no more: what follows them may be a slip of the finger.
constexpr std::size_t most_of_bcrypt = 72;

PasswordAnswer answer_of(const PasswordWork& work) noexcept {
  PasswordAnswer answer;
  try {
    if (!work.hash.empty()) answer.right = verify_password(work.hash, work.password);
    const bool renew =
        work.renew && answer.right && needs_new_hash(work.hash) && work.password.size() <= most_of_bcrypt;
    if (work.hash.empty() || renew) answer.new_hash = hash_password(work.password);
  } catch (const std::exception& error) {
    log::error("passwords", "not hashed: {}", error.what());
    answer.failed = true;
  }
  return answer;
}

}  // namespace

PasswordPool::PasswordPool(std::size_t threads, observe::Metrics& metrics)
    : hashes_(metrics.counter("epicura_password_hashes_total", "Passwords proved or hashed")),
      refused_(metrics.counter("epicura_password_refused_total",
                               "Passwords and files not looked at: too many were waiting")),
      let_go_(metrics.counter("epicura_password_let_go_total", "Passwords and files that nobody waited for any more")),
      waiting_gauge_(metrics.gauge("epicura_password_waiting", "Passwords and files that wait for a thread")) {
  decoy_hash();  // made now: the first who signs in with an unknown address would wait for it
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

PasswordPool::~PasswordPool() {
  stop();
}

bool PasswordPool::submit(PasswordWork work, Done done) {
  const auto wanted_by = work.wanted_by;
  Job job{{}, work.let_go, work.due};
  job.run = [this, work = std::move(work), done = std::move(done)] {
    hashes_.Increment();
    done(answer_of(work));
  };
  return submit(wanted_by, std::move(job));
}

bool PasswordPool::submit(FileWork work) {
  return submit(work.wanted_by, {std::move(work.run), std::move(work.let_go), work.due, true});
}

bool PasswordPool::submit(const std::string& wanted_by, Job job) {
  const auto source = IpAddress::parse(wanted_by).value_or(IpAddress()).network();
  {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(source);
    const bool full = found != waiting_.end() && found->second.size() >= most_of_one;
    if (stopped_ || full || waiting_in_all_ >= most_waiting || (job.is_file && waiting_files_ >= most_files)) {
      refused_.Increment();
      return false;
    }
    if (found == waiting_.end()) turns_.push_back(source);
    if (job.is_file) ++waiting_files_;
    waiting_[source].push_back(std::move(job));
    waiting_gauge_.Set(static_cast<double>(++waiting_in_all_));
  }
  wake_.notify_one();
  return true;
}

void PasswordPool::stop() {
  decltype(waiting_) let_go;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    let_go.swap(waiting_);
    turns_.clear();
    waiting_in_all_ = 0;
    waiting_files_ = 0;
    waiting_gauge_.Set(0);
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

// Under the lock, while somebody waits.
PasswordPool::Job PasswordPool::take() {
  const auto source = turns_.front();
  turns_.pop_front();
  const auto found = waiting_.find(source);
  Job job = std::move(found->second.front());
  found->second.pop_front();
  if (found->second.empty()) {
    waiting_.erase(found);
  } else {
    turns_.push_back(source);
  }
  if (job.is_file) --waiting_files_;
  waiting_gauge_.Set(static_cast<double>(--waiting_in_all_));
  return job;
}

bool PasswordPool::is_wanted(const Job& job) {
  const bool wanted = !(job.let_go && *job.let_go) && std::chrono::steady_clock::now() <= job.due;
  if (!wanted) let_go_.Increment();
  return wanted;
}

void PasswordPool::run() {
  ::pthread_setname_np(::pthread_self(), "passwords");
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);  // of this thread alone, on Linux
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopped_ || !turns_.empty(); });
    if (stopped_) return;
    // What the job holds goes before the lock is taken again: at this priority that may take a while, and the front
    // end's workers want the lock too.
    {
      const Job job = take();
      lock.unlock();
      if (is_wanted(job)) job.run();
    }
    lock.lock();
  }
}

}  // namespace epicura
