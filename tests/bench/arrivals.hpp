#pragma once
// The far end of a load: how many messages have come through, from 0 at the start.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace epicura::bench {

class Arrivals {
 public:
  virtual ~Arrivals() = default;
  virtual std::uint64_t count() = 0;  // throws std::runtime_error when the far end is gone
};

// The yardstick's subscriber: libmosquitto with its own loop, one persistent session at QoS 1 on the broker's Unix
// socket, where the bridge comes in too. It counts, and acknowledges at once.
std::unique_ptr<Arrivals> subscribe(const std::string& socket_path);

// A counter that a server shows: the number behind `name` and a space in the answer to GET `url`
// (http://host:port/path), less what it was at first.
std::unique_ptr<Arrivals> watch_counter(const std::string& url, const std::string& name);

}  // namespace epicura::bench
