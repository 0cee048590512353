// SPDX-License-Identifier: MIT
// In the parent: the id maps of the child's new user namespace, user_namespaces(7).
#pragma once

#include "spawn/launch.hpp"

namespace mountplan::spawn {

// Writes both maps of process `pid`. Where the kernel refuses and more than the caller's own id is asked for, newuidmap(1) or newgidmap(1)
// does it. Returns 1 where the namespace lets its processes set their supplementary groups, 0 where not, or -errno. Without privilege over
// groups and with one id, setgroups(2) has to be denied before the kernel takes the map; else it is left as it is.
int write_id_maps(const kernel::Kernel &kernel, const Launch &launch, int pid, base::Failure &failure);

}  // namespace mountplan::spawn
