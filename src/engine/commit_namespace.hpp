// SPDX-License-Identifier: MIT
// The other way to enter the new root, Linux 7: the finished tree becomes a mount namespace, which the process goes over to. The mounts of
// the namespace it leaves are neither copied nor changed, and nothing of them has to be detached.
#pragma once

#include "engine/run.hpp"

namespace mountplan::engine {

// Commit::own is a wish: where the kernel, its filters or the plan are against it, it becomes Commit::pivot.
void check_commit(Run &run);

// A descriptor of a namespace that is a copy of the tree at run.root. On a namespace of the process's own, no_fd where the kernel refuses:
// there is pivot_root(2).
int make_namespace(Run &run, int &made);

// With VERIFY: the tree is compared with the plan, in a namespace where nobody sees it, and summed up.
int verify_aside(Run &run, Tally &tally);

// From here on `/` is the root of the namespace.
int enter_namespace(Run &run, int made, const Tally &tally);

// Commit::hand_over: instead of entering it.
int hand_over(Run &run);

}  // namespace mountplan::engine
