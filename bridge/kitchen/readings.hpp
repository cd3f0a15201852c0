#pragma once
// What a simulated device measures: plausible numbers that move slowly, with noise. Pure: the same device, metric and
// time give the same value.

#include <cstdint>
#include <string>
#include <string_view>

#include "schema/time.hpp"

namespace epicura::bridge::kitchen {

std::string_view unit_of(std::string_view metric);  // empty: none known
// `device`: a number that tells devices apart.
double value_of(std::string_view metric, std::uint64_t device, Timestamp ts);

}  // namespace epicura::bridge::kitchen
