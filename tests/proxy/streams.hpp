#pragma once
// Many HTTP/2 streams over few connections, by libcurl: some wait for their answer, some are cut off at a moment of
// their own (RST_STREAM): before it comes, with some of it read, in the middle of their body.

#include "tests/proxy/front.hpp"

namespace epicura::proxy::test {

struct StreamPlan {
  int total = 0;
  int at_once = 1;
  int rude_one_in = 2;
};

struct StreamsSeen {
  int right = 0;
  int wrong = 0;
  int lost = 0;         // no answer, though it was waited for
  int cut = 0;          // by us
  int connections = 0;  // that were opened for all of them
};

StreamsSeen run_streams(const Nginx& nginx, const StreamPlan& plan);

}  // namespace epicura::proxy::test
