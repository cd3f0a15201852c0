#pragma once
// The parameters of one execution, in their order, already in PostgreSQL's binary format. Whatever is added is copied.

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/pg/wire.hpp"
#include "schema/uuid.hpp"

namespace epicura::pg {

class Params {
 public:
  Params& add(std::string_view text) { return scalar(text); }
  Params& add(const Uuid& id) { return scalar(id); }
  Params& add(Timestamp time) { return scalar(time); }
  Params& add(std::int64_t value) { return scalar(value); }
  Params& add(std::int32_t value) { return scalar(value); }
  Params& add(double value) { return scalar(value); }
  Params& add(std::same_as<bool> auto value) { return scalar(value); }  // a template: a literal is text, not true
  Params& add(std::nullopt_t) { return null(); }
  Params& null();
  template <class T>
  Params& add(const std::optional<T>& value) {
    return value ? add(*value) : null();
  }

  // One-dimensional arrays; an absent optional is a null element.
  template <class T, std::size_t extent>
  Params& add(std::span<T, extent> values) {
    return add_each(values, std::identity{});
  }
  // An array of `of(element)` for each element, written straight from where it lies: Uuid, Timestamp, int64, double,
  // string_view, or an optional of one of them.
  template <std::ranges::sized_range Range, class Projection>
  Params& add_each(const Range& range, Projection of);

  std::size_t size() const { return slots_.size(); }
  std::size_t bytes() const { return bytes_.size(); }
  bool is_null(std::size_t index) const { return slots_[index].length < 0; }
  const char* data(std::size_t index) const { return bytes_.data() + slots_[index].offset; }
  int length(std::size_t index) const { return slots_[index].length < 0 ? 0 : slots_[index].length; }

 private:
  struct Slot {
    std::size_t offset;
    int length;  // -1: null
  };

  template <class T>
  Params& scalar(const T& value);
  void put(std::string_view text) { bytes_.append(text); }
  void put(const Uuid& id) { bytes_.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()); }
  void put(Timestamp time) { put(wire::microseconds(time)); }
  void put(StoredTime time) { put(wire::microseconds(time)); }
  void put(std::int64_t value) { number(wire::swapped(static_cast<std::uint64_t>(value))); }
  void put(std::int32_t value) { number(wire::swapped(static_cast<std::uint32_t>(value))); }
  void put(double value) { number(wire::swapped(std::bit_cast<std::uint64_t>(value))); }
  void put(bool value) { bytes_.push_back(value ? '\1' : '\0'); }
  void number(auto swapped) { bytes_.append(reinterpret_cast<const char*>(&swapped), sizeof swapped); }

  // What an array's header says of its elements, and how many bytes to expect of one.
  struct Element {
    std::uint32_t oid;
    std::size_t bytes;
  };
  static constexpr Element element(const Uuid*) { return {wire::oid_uuid, 16}; }
  static constexpr Element element(const Timestamp*) { return {wire::oid_timestamptz, 8}; }
  static constexpr Element element(const StoredTime*) { return {wire::oid_timestamptz, 8}; }
  static constexpr Element element(const std::int64_t*) { return {wire::oid_int8, 8}; }
  static constexpr Element element(const double*) { return {wire::oid_float8, 8}; }
  static constexpr Element element(const std::string_view*) { return {wire::oid_text, 12}; }
  template <class T>
  static constexpr Element element(const std::optional<T>*) {
    return element(static_cast<const T*>(nullptr));
  }

  template <class T>
  bool put_element(const std::optional<T>& value);  // true: it was null
  template <class T>
  bool put_element(const T& value);
  void begin_array(Element element, std::size_t count);
  void end_array(bool has_null);

  std::string bytes_;
  std::vector<Slot> slots_;
};

// In one expression: params_of(id, true, std::nullopt).
template <class... Values>
Params params_of(const Values&... values) {
  Params params;
  (params.add(values), ...);
  return params;
}

template <class T>
Params& Params::scalar(const T& value) {
  const auto offset = bytes_.size();
  put(value);
  slots_.push_back({offset, static_cast<int>(bytes_.size() - offset)});
  return *this;
}

template <std::ranges::sized_range Range, class Projection>
Params& Params::add_each(const Range& range, Projection of) {
  using T = std::remove_cvref_t<std::invoke_result_t<Projection&, std::ranges::range_reference_t<const Range>>>;
  begin_array(element(static_cast<const T*>(nullptr)), std::ranges::size(range));
  bool has_null = false;
  for (const auto& item : range) has_null |= put_element(std::invoke(of, item));
  end_array(has_null);
  return *this;
}

template <class T>
bool Params::put_element(const std::optional<T>& value) {
  if (value) return put_element(*value);
  put(std::int32_t{-1});
  return true;
}

template <class T>
bool Params::put_element(const T& value) {
  if constexpr (std::same_as<T, std::string_view>) {
    put(static_cast<std::int32_t>(value.size()));
  } else {
    put(static_cast<std::int32_t>(element(&value).bytes));
  }
  put(value);
  return false;
}

}  // namespace epicura::pg
