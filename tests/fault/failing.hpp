// SPDX-License-Identifier: MIT
// The failing kernel: the real one, but that one call, the n-th, is not made and gives an error, or kills the process. Without a number it
// counts calls.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "kernel/kernel.hpp"

namespace fault {

struct Failing {
  long nth = 0;   // counted from 1; 0: no call
  int error = 0;  // positive errno; 0: the process is killed instead
  // Not in this kernel: always ENOSYS.
  mountplan::kernel::Call missing = mountplan::kernel::Call::count;
  const int32_t *current = nullptr;  // the op that is being carried out

  long made = 0;  // calls so far
  bool happened = false;
  mountplan::kernel::Call call = mountplan::kernel::Call::count;  // the one that failed
  int32_t op = -1;                                                // and the op it was made for
  bool has_new_root = false;                                      // pivot_root(2) was made, so there is no way back

  Failing() = default;
  Failing(const Failing &) = delete;
  Failing &operator=(const Failing &) = delete;

  mountplan::kernel::Kernel door() { return {this, invoke}; }

 private:
  static long invoke(void *self, mountplan::kernel::Call called, const long args[6]) {
    auto &failing = *static_cast<Failing *>(self);
    const mountplan::kernel::Kernel &live = mountplan::kernel::live;
    if (++failing.made == failing.nth) {
      failing.happened = true;
      failing.call = called;
      failing.op = failing.current != nullptr ? *failing.current : -1;
      if (failing.error == 0) {
        kill(getpid(), SIGKILL);
      }
      if (called == mountplan::kernel::Call::close) {
        live.invoke(live.self, called, args);  // close(2) closes, whatever it says
      }
      return -failing.error;
    }
    if (called == failing.missing) {
      return -ENOSYS;
    }
    long result = live.invoke(live.self, called, args);
    failing.has_new_root = failing.has_new_root || (called == mountplan::kernel::Call::pivot_root && result == 0);
    return result;
  }
};

}  // namespace fault
