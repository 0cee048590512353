// SPDX-License-Identifier: MIT
// A mount table from listmount(2) and statmount(2) instead of text: without /proc, with ids that are never reused. The same table as the
// text gives.
#pragma once

#include "base/failure.hpp"
#include "kernel/kernel.hpp"
#include "table/table.hpp"

namespace mountplan::table {

// Fills an empty table with the calling thread's mount namespace, as seen from its root directory. -EOPNOTSUPP (kind UNSUPPORTED) where
// the kernel has the calls but not every field (before Linux 6.13), -ENOSYS where it has not.
int read_statmount(const kernel::Kernel &kernel, const Limits &limits, Table &table, base::Failure &failure);

// MPLAN_ATTR_ bits of MOUNT_ATTR_ bits, access time mode included.
uint64_t attributes_of(uint64_t mount_attr);
// MPLAN_PROPAGATION_ bits of MS_SHARED and its like.
uint64_t propagation_of(uint64_t mount_flags);

}  // namespace mountplan::table
