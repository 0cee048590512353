// SPDX-License-Identifier: MIT
// The process that builds the root for a child in a new user namespace, with the caller's privilege, in the caller's mount namespace: what
// it makes is locked for the child. It lives within the start, and nobody but the start sees it end.
#pragma once

#include "spawn/launch.hpp"
#include "spawn/process.hpp"

namespace mountplan::spawn {

struct Worker {
  int pid = -1;
  int pidfd = -1;
};

// The pair of sockets for the finished root.
int open_tree_sockets(const kernel::Kernel &kernel, Launch &launch, base::Failure &failure);

// In the parent, once the child has its id maps.
int start_worker(const kernel::Kernel &kernel, Launch &launch, const Process &child, Worker &worker, base::Failure &failure);

// In the parent: waits for its end, which follows the child's entering the root or the child's end.
void wait_for_worker(const kernel::Kernel &kernel, Worker &worker);

// In the child: waits for the root and enters it. Async-signal-safe.
int take_root(const kernel::Kernel &kernel, const Launch &launch, base::Failure &failure);

}  // namespace mountplan::spawn
