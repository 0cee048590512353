// SPDX-License-Identifier: MIT
// In the child: which descriptors the program sees. Async-signal-safe.
#pragma once

#include <span>

#include "spawn/spec.hpp"

namespace mountplan::spawn {

// Puts every descriptor at its number, whatever order and overlap, and leaves it open across exec. `keep` is moved out of the way
// when its number is one of theirs. Numbers in `places` are changed.
int place_fds(const kernel::Kernel &kernel, std::span<FdPlace> places, int &keep, base::Failure &failure);

// Makes every descriptor above 2 that is not in `places` close on exec: what the caller's process holds open without O_CLOEXEC must not
// reach the program. Before Linux 5.11 this asks for each number up to RLIMIT_NOFILE, at most 65536: higher ones are not found.
int close_others_on_exec(const kernel::Kernel &kernel, std::span<const FdPlace> places, base::Failure &failure);

// Closes everything but `keep`.
void close_all_but(const kernel::Kernel &kernel, int keep);

}  // namespace mountplan::spawn
