// SPDX-License-Identifier: MIT
// In the parent: a setuid helper program, run to its end. It inherits nothing but a pipe for what it complains about.
#pragma once

#include "base/failure.hpp"
#include "kernel/kernel.hpp"

namespace mountplan::spawn {

// argv[0] is an absolute path. 0 when it ended with status 0. Else `failure` keeps the failed call that it holds, which the helper
// was to do instead, with the helper's own words as the detail, and its error is returned.
int run_helper(const kernel::Kernel &kernel, const char *const *argv, base::Failure &failure);

}  // namespace mountplan::spawn
