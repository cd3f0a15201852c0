// bench_twins: readings of many devices straight into stream TELEMETRY, as the program's own NATS user: one message of
// three metrics for each device, at a rate that the program keeps up with.
//
// usage: bench_twins NATS-URL DEVICES MESSAGES-A-SECOND. Prints how many are stored; exit 1 when not all are.

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "bus/connection.hpp"
#include "bus/store.hpp"
#include "bus/subjects.hpp"
#include "schema/time.hpp"
#include "schema/uuid.hpp"

namespace {

using namespace epicura;
using Steady = std::chrono::steady_clock;

constexpr std::size_t portion = 100;

std::optional<std::size_t> number(std::string_view text) {
  std::size_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && out > 0 ? std::optional(out) : std::nullopt;
}

bus::Outgoing message_of(const Uuid& device) {
  return {bus::telemetry_subject(device),
          fmt::format(R"({{"ts":"{}","seq":0,"values":{{"temperature":181.5,"stir_speed":120,"power":850.25}},)"
                      R"("units":{{"temperature":"C","stir_speed":"rpm","power":"W"}}}})",
                      format_rfc3339(now())),
          {}};
}

}  // namespace

int main(int count, char** words) {
  const auto devices = count == 4 ? number(words[2]) : std::nullopt;
  const auto rate = count == 4 ? number(words[3]) : std::nullopt;
  if (!devices || !rate) {
    std::fputs("usage: bench_twins NATS-URL DEVICES MESSAGES-A-SECOND\n", stderr);
    return 2;
  }
  observe::Metrics metrics;
  bus::Connection connection({words[1], "bench-twins", "_INBOX_epicura"}, {}, metrics);
  if (!connection.start()) return 1;
  for (int tries = 0; !connection.connected(); ++tries) {
    if (tries == 500) {
      std::fputs("bench_twins: NATS does not answer\n", stderr);
      return 1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  bus::Store store(connection, {}, metrics);
  const auto begun = Steady::now();
  std::size_t stored = 0;
  while (stored < *devices) {
    std::vector<bus::Outgoing> batch;
    while (batch.size() < std::min(portion, *devices - stored)) batch.push_back(message_of(Uuid::v7()));
    if (!store.store_all(batch)) break;
    stored += batch.size();
    std::this_thread::sleep_until(begun + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(
                                              static_cast<double>(stored) / static_cast<double>(*rate))));
  }
  fmt::print("{}\n", stored);
  return stored == *devices ? 0 : 1;
}
