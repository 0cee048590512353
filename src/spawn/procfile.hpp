// SPDX-License-Identifier: MIT
// Files of /proc/PID that are surely the kernel's: what another mount lies on is refused.
#pragma once

#include <string_view>

#include "base/failure.hpp"
#include "kernel/kernel.hpp"

namespace mountplan::spawn {

// Writes `text` to /proc/PID/NAME in one write(2).
int write_proc_file(const kernel::Kernel &kernel, int pid, const char *name, std::string_view text, base::Failure &failure);

// Reads the beginning of /proc/PID/NAME into `out`, NUL-terminated. The length, or -errno.
long read_proc_file(const kernel::Kernel &kernel, int pid, const char *name, char *out, size_t size, base::Failure &failure);

}  // namespace mountplan::spawn
