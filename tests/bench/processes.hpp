#pragma once
// CPU time that processes have taken and memory that they have, from /proc.

#include <cstdint>
#include <string>

namespace epicura::bench {

// User and system time in microseconds (by ticks of 10 ms) of a process and of its children, those that have ended too
// (otherwise the time of a back end that ends would be taken off its postmaster's). 0 for a process that is not there.
std::uint64_t cpu_us(int pid);

std::uint64_t rss_kb(int pid);  // resident memory; 0 for a process that is not there

}  // namespace epicura::bench
