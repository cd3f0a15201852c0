// Any subject: what is read as a device's can be published to, and its id stands in it.

#include <cstdlib>

#include "bus/subjects.hpp"
#include "schema/metric.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace epicura;
  const std::string_view subject(reinterpret_cast<const char*>(data), size);
  const auto parsed = bus::parse_device_subject(subject);
  if (!parsed) return 0;
  if (!bus::is_publishable(subject) || subject.substr(8, 36) != parsed->device_id.str()) std::abort();
  if (parsed->kind == bus::Kind::telemetry && !parsed->rest.empty() && !is_metric_name(parsed->rest)) std::abort();
  return 0;
}
