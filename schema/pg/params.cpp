#include "schema/pg/params.hpp"

namespace epicura::pg {

Params& Params::null() {
  slots_.push_back({0, -1});
  return *this;
}

// An array: dimensions, whether any element is null, the elements' type; then, if there are elements, their number and
// the first index; then each element behind its length.
void Params::begin_array(Element element, std::size_t count) {
  slots_.push_back({bytes_.size(), 0});
  bytes_.reserve(bytes_.size() + 20 + count * (4 + element.bytes));
  put(std::int32_t{count == 0 ? 0 : 1});
  put(std::int32_t{0});
  put(static_cast<std::int32_t>(element.oid));
  if (count == 0) return;
  put(static_cast<std::int32_t>(count));
  put(std::int32_t{1});
}

void Params::end_array(bool has_null) {
  auto& slot = slots_.back();
  slot.length = static_cast<int>(bytes_.size() - slot.offset);
  if (has_null) bytes_[slot.offset + 7] = '\1';
}

}  // namespace epicura::pg
