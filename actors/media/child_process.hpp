#pragma once
// A program that reads what strangers have sent, run as a process that may do little: it has a limit of memory, of CPU
// time, of what it writes and of open files; it may make no other process (unless it is root's), gain no rights and
// leave no core; it has none of our descriptors, signals and environment, and ends with us.

#include <chrono>
#include <string>
#include <vector>

#include "schema/time.hpp"

namespace epicura {

struct ChildOrder {
  std::vector<std::string> command;      // the program's absolute path, and its arguments
  std::vector<std::string> environment;  // all of it: "NAME=value"
  std::string directory;                 // where it runs; what it says on stderr is the file `said` there
  std::size_t memory = 0;                // bytes of address space
  std::size_t file_size = 0;             // bytes of each file that it writes
  std::chrono::seconds cpu{0};
  Millis limit{0};   // then it is killed
  int stop_fd = -1;  // so too as soon as this can be read
};

struct ChildEnd {
  enum class How {
    exited,
    killed,       // by a signal: of a limit, or by somebody else
    timed_out,    //
    stopped,      // by stop_fd
    not_started,  // there is no such program, or no room for another process
  };
  How how = How::not_started;
  int code = 0;  // of its exit; the number of its signal; errno
};

// Waits for its end: for threads that may block. Any number at a time.
ChildEnd run_child(const ChildOrder& order);

}  // namespace epicura
