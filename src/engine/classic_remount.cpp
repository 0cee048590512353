// SPDX-License-Identifier: MIT
#include "engine/classic_remount.hpp"

#include <mountplan/plan.h>
#include <sys/mman.h>
#include <sys/statfs.h>

#include <cerrno>
#include <cstring>

#include "engine/attributes.hpp"
#include "engine/expand.hpp"
#include "engine/mounts.hpp"
#include "plan/kind.hpp"
#include "table/options.hpp"
#include "table/read.hpp"

namespace mountplan::engine {

namespace {

// What the mount itself has, by the table.
int read_attributes(Run &run, int mount, uint64_t &out) {
  uint64_t id = 0;
  if (int result = table_id(run, mount, id); result < 0) {
    return result;
  }
  table::Memory memory(run.program.table_memory, run.program.table_size);
  table::Table table(memory);
  if (int result = read_own_table(run, table); result < 0) {
    return result;
  }
  uint32_t entry = table.find(id);
  if (entry == table::none) {
    return base::fail(run.failure, base::Kind::state, ESTALE, "the mount is not in the mount table");
  }
  out = table::attributes(table.string(table.entries[entry].options));
  return 0;
}

// What the mount has. statfs(2) tells it, but its read-only may be that of the file system, and the mount's own is asked for here.
int current_attributes(Run &run, int mount, uint64_t set, uint64_t &out) {
  struct statfs file_system;
  int result = run.kernel.fstatfs(mount, &file_system);
  if (result < 0) {
    return failed(run, result, "fstatfs");
  }
  out = from_statfs(static_cast<unsigned long>(file_system.f_flags));
  if ((out & MPLAN_ATTR_RDONLY) == 0) {
    return 0;
  }
  if ((set & MPLAN_ATTR_RDONLY) != 0) {
    out &= ~uint64_t{MPLAN_ATTR_RDONLY};  // about to be set either way
    return 0;
  }
  return read_attributes(run, mount, out);
}

}  // namespace

int remount_one(Run &run, int mount, uint64_t set, const uint64_t *known) {
  uint64_t has = known != nullptr ? *known : 0;
  if (int result = known != nullptr ? 0 : current_attributes(run, mount, set, has); result < 0) {
    return result;
  }
  uint64_t wanted = has | set;
  if ((set & plan::access_time_attributes) != 0) {
    wanted = (has & ~plan::access_time_attributes) | set;
  }
  if (wanted == has) {
    return 0;
  }
  FdPath self(mount);
  int result = run.kernel.mount("none", self.text, nullptr,
                                kernel::ms_remount | kernel::ms_bind | kernel::ms_silent | to_mount_flags(wanted), nullptr);
  return result < 0 ? failed(run, result, "mount") : 0;
}

// Address space, not memory: pages come when they are touched. A gigabyte of text would not fit, 64 MiB is 400 000 mounts.
int reserve_table(Program &program, base::Failure &failure) {
  constexpr size_t size = size_t{256} << 20;
  long address = kernel::live.call(kernel::Call::mmap, 0, static_cast<long>(size), PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address < 0 && address > -4096) {
    return base::fail_call(failure, static_cast<int>(address), "mmap");
  }
  program.table_memory = reinterpret_cast<void *>(address);
  program.table_size = size;
  return 0;
}

}  // namespace mountplan::engine
