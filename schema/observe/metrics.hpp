#pragma once
// Counters, gauges and histograms, shown on /metrics of the operations port in the Prometheus text format.
// A room declares its own struct of references at construction; names are `epicura_<what>_<unit or total>`.
// No label is ever per device. All of it is safe on any thread.

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

namespace prometheus {
class Registry;
}

namespace epicura::observe {

using Counter = prometheus::Counter;
using Gauge = prometheus::Gauge;
using Histogram = prometheus::Histogram;
using Labels = std::map<std::string, std::string>;

// The same name and labels give the same counter.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  // `bounds`: upper bounds of the buckets, rising; the same for all of one name.
  Histogram& histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                       const Labels& labels = {});
  // Exposition format 0.0.4; with names only these, in the order of their making.
  std::string text(std::span<const std::string> names = {}) const;

  // Who holds this may go on counting when the Metrics have gone.
  std::shared_ptr<const void> keep() const { return registry_; }

 private:
  const std::shared_ptr<prometheus::Registry> registry_;
};

}  // namespace epicura::observe
