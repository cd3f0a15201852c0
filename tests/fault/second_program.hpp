#pragma once
// Another `epicura serve` beside that of the stack: a second node.

#include "tests/fault/house.hpp"

namespace epicura::tests {

// With the settings of the stack's own, on other ports. Killed at the end.
class SecondProgram {
 public:
  explicit SecondProgram(const House& house);
  ~SecondProgram();
  SecondProgram(const SecondProgram&) = delete;
  SecondProgram& operator=(const SecondProgram&) = delete;

  std::string api(const std::string& path) const;
  // Its /ready: 200, and standing by or not.
  bool is_ready(bool standing_by) const;
  std::string metrics() const;

 private:
  int port_;
  int ops_port_;
  pid_t pid_ = 0;
};

}  // namespace epicura::tests
