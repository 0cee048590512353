// SPDX-License-Identifier: MIT
// In the child: the last step, execve(2). Async-signal-safe.
#pragma once

#include "spawn/launch.hpp"

namespace mountplan::spawn {

// Tells the parent that it is about to, gives the calling thread's signal mask back, and executes the first candidate that can be. Returns
// only on failure: of several candidates the error that says most.
int execute(const kernel::Kernel &kernel, const Launch &launch, int report_fd, base::Failure &failure);

}  // namespace mountplan::spawn
