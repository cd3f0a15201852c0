// bench_pg: the client of PostgreSQL alone, as the program uses it for the status of a device: so many units of
// get_device are always under way on one pipelined connection, submitted by one thread that is not the client's own.
//
// usage: bench_pg DATABASE-URL SECONDS [IN-FLIGHT [STATEMENT]]
// IN-FLIGHT is 64 unless told. STATEMENT is get_device, or pgbench's own `accounts` (its tables, made by pgbench -i).
// The database is migrated; missing devices are made, 10,000 in all. The yardstick is `pgbench -S -M prepared -c 64`.
// Prints {"rate", "p50_us", "p99_us", "cpu_us_a_unit", "failed"}; exit 1 when a unit failed.

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "schema/pg/client.hpp"
#include "schema/pg/queries.hpp"

namespace {

using namespace epicura;
using Steady = std::chrono::steady_clock;

constexpr std::size_t devices = 10'000;
constexpr pg::Statement accounts{"accounts", "select abalance::bigint from pgbench_accounts where aid = $1::bigint",
                                 pg::Statement::Kind::point_read};

// What the callbacks hand over to the thread that submits.
class Answers {
 public:
  void put(std::size_t place, bool ok) {
    const std::lock_guard lock(mutex_);
    places_.push_back(place);
    failed_ += ok ? 0 : 1;
    if (places_.size() == 1) arrived_.notify_one();
  }
  void take(std::vector<std::size_t>& places) {
    places.clear();
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return !places_.empty(); });
    places_.swap(places);
  }
  std::size_t failed() {
    const std::lock_guard lock(mutex_);
    return failed_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::size_t> places_;
  std::size_t failed_ = 0;
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Ids that need no list: the same at each run.
Uuid device(std::size_t number) {
  Uuid id;
  for (std::size_t i = 0; i < 8; ++i)
    id.bytes[i] = static_cast<std::uint8_t>(number * 0x9E3779B97F4A7C15ULL >> (8 * i));
  return id;
}

pg::Params parameters(const pg::Statement& statement, std::size_t number) {
  if (&statement == &accounts) return pg::params_of(static_cast<std::int64_t>(number + 1));
  return pg::params_of(device(number));
}

bool make_devices(pg::Client& client) {
  Answers answers;
  std::vector<std::size_t> done;
  std::size_t answered = 0;
  for (std::size_t i = 0; i < devices; ++i) {
    client.execute(pg::queries::register_device, pg::params_of(device(i), "a pot", "pot-1", "1.4.0"),
                   [&, i](const pg::Outcome& outcome) { answers.put(i, outcome.ok()); });
    if (i % 500 != 499) continue;
    for (; answered <= i; answered += done.size()) answers.take(done);
  }
  return answers.failed() == 0;
}

std::optional<std::size_t> number(std::string_view text) {
  std::size_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && out > 0 ? std::optional(out) : std::nullopt;
}

struct Load {
  pg::Client& client;
  const pg::Statement& statement;
  std::size_t in_flight;
  Answers answers = {};
  std::minstd_rand random = {};
  std::vector<Steady::time_point> begun = std::vector<Steady::time_point>(in_flight);
  std::vector<double> took_us = {};

  void submit(std::size_t place) {
    begun[place] = Steady::now();
    client.execute(statement, parameters(statement, random() % devices),
                   [this, place](const pg::Outcome& outcome) { answers.put(place, outcome.ok()); });
  }
  void run_until(Steady::time_point end) {
    std::vector<std::size_t> places;
    for (std::size_t place = 0; place < in_flight; ++place) submit(place);
    for (std::size_t open = in_flight; open > 0;) {
      answers.take(places);
      const auto now = Steady::now();
      for (const auto place : places) {
        took_us.push_back(std::chrono::duration<double, std::micro>(now - begun[place]).count());
        if (now < end) {
          submit(place);
        } else {
          --open;
        }
      }
    }
  }
};

}  // namespace

int main(int count, char** words) {
  const auto seconds = count >= 3 ? number(words[2]) : std::nullopt;
  const auto in_flight = count >= 4 ? number(words[3]) : std::optional<std::size_t>(64);
  const std::string_view what = count >= 5 ? words[4] : "get_device";
  if (!seconds || !in_flight || count > 5 || (what != "get_device" && what != "accounts")) {
    std::fputs("usage: bench_pg DATABASE-URL SECONDS [IN-FLIGHT [get_device|accounts]]\n", stderr);
    return 2;
  }
  observe::Metrics metrics;
  pg::Client client({.conninfo = words[1], .name = "bench", .max_in_flight = std::max<std::size_t>(1000, *in_flight)},
                    {}, metrics);
  for (int tries = 0; !client.connected(); ++tries) {
    if (tries == 500) {
      std::fputs("bench_pg: PostgreSQL does not answer\n", stderr);
      return 1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  const bool of_devices = what == "get_device";
  if (of_devices && !make_devices(client)) {
    std::fputs("bench_pg: the devices could not be made; is the database migrated?\n", stderr);
    return 1;
  }
  Load load{client, of_devices ? pg::queries::get_device : accounts, *in_flight};
  load.run_until(Steady::now() + std::chrono::milliseconds{500});  // warm
  load.took_us.clear();
  const auto cpu = cpu_seconds();
  const auto begun = Steady::now();
  load.run_until(begun + std::chrono::seconds{*seconds});
  const double took = std::chrono::duration<double>(Steady::now() - begun).count();
  const auto units = static_cast<double>(load.took_us.size());
  const double cpu_us = (cpu_seconds() - cpu) * 1e6 / units;
  std::sort(load.took_us.begin(), load.took_us.end());
  const auto quantile = [&](double part) { return load.took_us[static_cast<std::size_t>(part * (units - 1))]; };
  fmt::print(R"({{"rate":{:.0f},"p50_us":{:.0f},"p99_us":{:.0f},"cpu_us_a_unit":{:.2f},"failed":{}}})"
             "\n",
             units / took, quantile(0.5), quantile(0.99), cpu_us, load.answers.failed());
  return load.answers.failed() == 0 ? 0 : 1;
}
