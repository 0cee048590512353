// SPDX-License-Identifier: MIT
// What the child does between clone and exec, in order.
#pragma once

#include "spawn/launch.hpp"

namespace mountplan::spawn {

// Never returns: executes the program, or tells the parent why not. All signals must be blocked. Async-signal-safe: the child of a process
// with many threads may find every lock of libc taken for ever.
[[noreturn]] void run_child(const kernel::Kernel &kernel, Launch &launch);

// The byte that lets a child go on whose new user namespace has its id maps.
constexpr char go_groups_stay = 's';  // setgroups(2) is denied there
constexpr char go_groups_drop = 'd';

}  // namespace mountplan::spawn
