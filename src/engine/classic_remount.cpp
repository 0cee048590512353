// SPDX-License-Identifier: MIT
#include "engine/classic_remount.hpp"

#include <mountplan/plan.h>
#include <sys/mman.h>
#include <sys/statfs.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "engine/attributes.hpp"
#include "engine/classic_nodes.hpp"
#include "engine/expand.hpp"
#include "engine/mounts.hpp"
#include "table/options.hpp"
#include "table/read.hpp"
#include "tree/tree.hpp"

namespace mountplan::engine {

namespace {

constexpr uint64_t access_time_modes = MPLAN_ATTR_NOATIME | MPLAN_ATTR_RELATIME | MPLAN_ATTR_STRICTATIME;

bool may_skip(int error, bool is_autofs, uint64_t trouble) {
  if (is_autofs && (trouble & MPLAN_REMOUNT_SKIP_AUTOFS) != 0) {
    return true;
  }
  if ((error == -ENOENT || error == -ESTALE) && (trouble & MPLAN_REMOUNT_SKIP_VANISHED) != 0) {
    return true;
  }
  return (error == -EACCES || error == -EPERM) && (trouble & MPLAN_REMOUNT_BEST_EFFORT) != 0;
}

// All that is visible; `done` counts the nodes that need not be looked at any more.
int remount_nodes(Run &run, const Nodes &nodes, const Change &change, size_t &done) {
  for (done = 0; done < nodes.tree.count(); done++) {
    if (nodes.tree.nodes[done].covered != 0) {
      continue;
    }
    uint64_t has = table::attributes(nodes.table.string(entry_of(nodes, done).options));
    ScopedFd mount(run, open_node(run, nodes, done));
    int result = mount.get() < 0 ? mount.get() : remount_one(run, mount.get(), change.set, &has);
    if (result >= 0) {
      continue;
    }
    const table::Entry &entry = entry_of(nodes, done);
    bool is_autofs = strcmp(nodes.table.string(entry.type), "autofs") == 0;
    if (done == 0 || !may_skip(result, is_autofs, change.trouble)) {
      base::Writer(run.failure.path, sizeof run.failure.path).text(done == 0 ? "" : relative_path(nodes, done));
      return result;
    }
    forget_failure(run);
  }
  return 0;
}

// A tree of the caller that could be changed only in part gets back what the table says it had.
void restore_nodes(Run &run, const Nodes &nodes, size_t done) {
  base::Failure kept = run.failure;
  for (size_t i = 0; i < done; i++) {
    if (nodes.tree.nodes[i].covered != 0) {
      continue;
    }
    ScopedFd mount(run, open_node(run, nodes, i));
    if (mount.get() >= 0) {
      FdPath self(mount.get());
      unsigned long had = to_mount_flags(table::attributes(nodes.table.string(entry_of(nodes, i).options)));
      run.kernel.mount("none", self.text, nullptr, kernel::ms_remount | kernel::ms_bind | kernel::ms_silent | had, nullptr);
    }
  }
  run.failure = kept;
}

// What the mount itself has, by the table.
int read_attributes(Run &run, int mount, uint64_t &out) {
  uint64_t id = 0;
  if (int result = table_id(run, mount, id); result < 0) {
    return result;
  }
  table::Memory memory(run.program.table_memory, run.program.table_size);
  table::Table table(memory);
  if (int result = table::read_self(run.kernel, table::Limits{}, table, run.failure); result < 0) {
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

// All that shows now. `again`: something that covered others was lifted, and there is more to see.
int remount_visible(Run &run, int mount, const Change &change, Lifted &lifted, bool &again) {
  uint64_t id = 0;
  if (int result = table_id(run, mount, id); result < 0) {
    return result;
  }
  table::Memory memory(run.program.table_memory, run.program.table_size);
  table::Table table(memory);
  if (int result = table::read_self(run.kernel, table::Limits{}, table, run.failure); result < 0) {
    return result;
  }
  uint64_t scratch = 0;
  if (int result = take_out_scratch(run, table, scratch); result < 0) {
    return result;
  }
  tree::Tree tree(memory);
  if (int result = tree::unfold_mount(table, id, tree, run.failure); result < 0) {
    return result;
  }
  Nodes nodes{mount, table, tree};
  size_t done = 0;
  int result = remount_nodes(run, nodes, change, done);
  if (result < 0 && run.has(MPLAN_PREPARE_IN_PLACE)) {
    restore_nodes(run, nodes, done);
  }
  bool is_ours = !run.has(MPLAN_PREPARE_IN_PLACE) || (scratch != 0 && entry_of(nodes, 0).parent_id == scratch);
  return result >= 0 && is_ours ? lift(run, nodes, lifted, again) : result;
}

}  // namespace

int remount_one(Run &run, int mount, uint64_t set, const uint64_t *known) {
  uint64_t has = known != nullptr ? *known : 0;
  if (int result = known != nullptr ? 0 : current_attributes(run, mount, set, has); result < 0) {
    return result;
  }
  uint64_t wanted = has | set;
  if ((set & access_time_modes) != 0) {
    wanted = (has & ~access_time_modes) | set;
  }
  if (wanted == has) {
    return 0;
  }
  FdPath self(mount);
  int result = run.kernel.mount("none", self.text, nullptr,
                                kernel::ms_remount | kernel::ms_bind | kernel::ms_silent | to_mount_flags(wanted), nullptr);
  return result < 0 ? failed(run, result, "mount") : 0;
}

int remount_tree(Run &run, int mount, const Change &change) {
  Lifted lifted;
  bool again = true;
  int result = 0;
  while (result >= 0 && again) {
    again = false;
    result = remount_visible(run, mount, change, lifted, again);
  }
  int back = put_back(run, lifted, result >= 0);
  return result < 0 ? result : back;
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
