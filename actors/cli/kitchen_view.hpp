#pragma once
// The kitchen's line view on standard output: in a terminal a block that is drawn again in place, else plain lines in
// longer intervals. On the thread of Fleet::run().

#include "bridge/kitchen/fleet.hpp"

namespace epicura::cli {

class KitchenView {
 public:
  static constexpr std::size_t most_pots = 12;

  KitchenView();

  void draw(const bridge::kitchen::FleetReport& report);  // each second

 private:
  bool terminal_;
  bool colours_;
  bool blocks_;
  int seconds_ = 0;
  std::size_t drawn_ = 0;  // lines of the last block
};

}  // namespace epicura::cli
