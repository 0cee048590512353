// SPDX-License-Identifier: MIT
// In the child: who it is while the root is built, and what is left of its privileges for the program. Async-signal-safe.
#pragma once

#include "spawn/launch.hpp"

namespace mountplan::spawn {

// In a new user namespace whose maps are written: takes the ids the root is built with. Supplementary groups are dropped where the
// namespace lets them be. All capabilities in the namespace are kept.
int take_setup_ids(const kernel::Kernel &kernel, const Launch &launch, bool may_set_groups, base::Failure &failure);

// Takes the program's ids and capabilities, sets no_new_privs, and closes this process, which is a copy of the caller's memory, to
// ptrace(2) and /proc.
int give_up_privileges(const kernel::Kernel &kernel, const Launch &launch, base::Failure &failure);

}  // namespace mountplan::spawn
