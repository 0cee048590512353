// SPDX-License-Identifier: MIT
// Reading a mount table from the kernel, until a reading was not disturbed. Async-signal-safe when the table's Memory is a region.
#pragma once

#include <cstdint>

#include "base/failure.hpp"
#include "kernel/kernel.hpp"
#include "table/table.hpp"

namespace mountplan::table {

// How often a table that changed while it was read is read again, before it is taken as it is and flagged MPLAN_TABLE_UNSTABLE.
constexpr unsigned max_reread = 8;

// Each fills an empty table. The descriptor of read_fd is borrowed: any mountinfo file, or other file or pipe with such text.
int read_fd(const kernel::Kernel &kernel, int fd, const Limits &limits, Table &table, base::Failure &failure);
int read_pid(const kernel::Kernel &kernel, int32_t pid, const Limits &limits, Table &table, base::Failure &failure);
// The calling thread's mount namespace, through the /proc that is mounted there.
int read_self(const kernel::Kernel &kernel, const Limits &limits, Table &table, base::Failure &failure);
// The same in the way that `flags`, MPLAN_TABLE_READ_, says: 0 is the text, and statmount(2) where the text can not be opened.
int read_self_by(const kernel::Kernel &kernel, uint64_t flags, const Limits &limits, Table &table, base::Failure &failure);

// Bytes of a region that are enough for reading, parsing and unfolding `text` bytes with `mounts` lines.
constexpr size_t region_size(size_t text, size_t mounts) { return 2 * text + 144 * mounts + 65536; }

}  // namespace mountplan::table
