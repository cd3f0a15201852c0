// Any topic: what becomes a subject mirrors the topic level by level and is one of a device's.

#include <algorithm>
#include <cstdlib>

#include "bridge/topic_map.hpp"
#include "bus/subjects.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string topic(reinterpret_cast<const char*>(data), size);
  const auto mapped = epicura::bridge::subject_of(topic);
  const auto* subject = std::get_if<std::string>(&mapped);
  if (!subject) return 0;
  auto mirrored = *subject;
  std::replace(mirrored.begin(), mirrored.end(), '.', '/');
  if (mirrored != topic || !epicura::bus::is_publishable(*subject) || !epicura::bus::parse_device_subject(*subject))
    std::abort();
  return 0;
}
