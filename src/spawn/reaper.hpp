// SPDX-License-Identifier: MIT
// Process 1 of a new pid namespace, in front of the program: the kernel gives it every orphan, and ignores signals it has no handler for,
// neither of which ordinary programs are made for.
#pragma once

#include "kernel/kernel.hpp"

namespace mountplan::spawn {

// How the program ended. Written to a pipe by the reaper, which can not end by the same signal itself: process 1 is immune to it.
struct Ended {
  int32_t code;
  int32_t signal;
};
Ended ended_of(int wait_status);

// Reaps whatever ends, until `program` does; tells `status_fd` and exits with the program's code, by which the kernel kills the rest of
// the namespace. Signals that come from outside the namespace are passed on to the program; those of the terminal are not, which sends them
// to its whole process group anyway. All signals must be blocked. Closes all descriptors but `status_fd`.
[[noreturn]] void reap_until_end(const kernel::Kernel &kernel, int program, int status_fd);

}  // namespace mountplan::spawn
