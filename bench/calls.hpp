// SPDX-License-Identifier: MIT
// The live kernel, counting the calls that go through it.
#pragma once

#include "kernel/kernel.hpp"

namespace mountplan::bench {

struct CallCounter {
  long all = 0;
  long reads = 0;  // of a mount table, say

  static long invoke(void *self, kernel::Call call, const long args[6]) {
    auto &counter = *static_cast<CallCounter *>(self);
    counter.all++;
    counter.reads += call == kernel::Call::read ? 1 : 0;
    return kernel::live.invoke(kernel::live.self, call, args);
  }
  kernel::Kernel kernel() { return {this, invoke}; }
};

}  // namespace mountplan::bench
