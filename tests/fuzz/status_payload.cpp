// Any status message: what is read can be written and read again.

#include <cstdlib>

#include "schema/device_status.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace epicura;
  const auto out = decode_status({reinterpret_cast<const char*>(data), size}).result;
  const auto* status = std::get_if<DeviceStatus>(&out);
  if (status && std::get<DeviceStatus>(decode_status(encode_status(*status)).result) != *status) std::abort();
  return 0;
}
