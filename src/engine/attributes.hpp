// SPDX-License-Identifier: MIT
// MPLAN_ATTR_ bits in the kernel's three notations.
#pragma once

#include <cstdint>

#include "kernel/constants.hpp"

namespace mountplan::engine {

// For fsmount(2), and for mount_setattr(2) with the mask to clear first when the access time mode changes.
uint64_t to_mount_attr(uint64_t attributes);
uint64_t mount_attr_clear(uint64_t attributes);
// MS_ flags for mount(2).
unsigned long to_mount_flags(uint64_t attributes);
// From the f_flags of statfs(2): what a mount has now.
uint64_t from_statfs(unsigned long flags);
// MS_PRIVATE ... for one MPLAN_PROPAGATION_ type.
unsigned long to_propagation(uint64_t type);

}  // namespace mountplan::engine
