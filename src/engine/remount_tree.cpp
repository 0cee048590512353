// SPDX-License-Identifier: MIT
#include "engine/remount_tree.hpp"

#include <mountplan/apply.h>

#include <cerrno>
#include <cstring>

#include "engine/attributes.hpp"
#include "engine/classic_nodes.hpp"
#include "engine/classic_remount.hpp"
#include "engine/mounts.hpp"
#include "table/options.hpp"
#include "table/read.hpp"
#include "tree/tree.hpp"

namespace mountplan::engine {

namespace {

bool is_skipped(int error, bool is_autofs, uint64_t trouble) {
  if (is_autofs && (trouble & MPLAN_REMOUNT_SKIP_AUTOFS) != 0) {
    return true;
  }
  if ((error == -ENOENT || error == -ESTALE) && (trouble & MPLAN_REMOUNT_SKIP_VANISHED) != 0) {
    return true;
  }
  return (error == -EACCES || error == -EPERM) && (trouble & MPLAN_REMOUNT_BEST_EFFORT) != 0;
}

bool is_classic(const Run &run) { return run.backend->id == MPLAN_BACKEND_CLASSIC; }

int change_one(Run &run, int mount, uint64_t set, uint64_t has) {
  Change change;
  change.set = set;
  return is_classic(run) ? remount_one(run, mount, set, &has) : run.backend->change(run, mount, change);
}

uint64_t attributes_of(const Nodes &nodes, size_t node) { return table::attributes(nodes.table.string(entry_of(nodes, node).options)); }

// All that is visible; `done` counts the nodes that need not be looked at any more.
int remount_nodes(Run &run, const Nodes &nodes, const Change &change, size_t &done) {
  for (done = 0; done < nodes.tree.count(); done++) {
    if (nodes.tree.nodes[done].covered != 0) {
      continue;
    }
    ScopedFd mount(run, open_node(run, nodes, done));
    int result = mount.get() < 0 ? mount.get() : change_one(run, mount.get(), change.set, attributes_of(nodes, done));
    if (result >= 0) {
      continue;
    }
    const table::Entry &entry = entry_of(nodes, done);
    bool is_autofs = strcmp(nodes.table.string(entry.type), "autofs") == 0;
    if (done == 0 || !is_skipped(result, is_autofs, change.trouble)) {
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
    int result = mount.get();
    if (result >= 0) {
      result = set_attributes(run, mount.get(), attributes_of(nodes, i));
    }
    bool is_gone = result == -ENOENT || result == -ESTALE;
    kept.left = result < 0 && !is_gone && kept.left < UINT8_MAX ? static_cast<uint8_t>(kept.left + 1) : kept.left;
  }
  run.failure = kept;
}

// All that shows now. `again`: something that covered others was lifted, and there is more to see.
int remount_visible(Run &run, int mount, const Change &change, Lifted &lifted, bool &again) {
  uint64_t id = 0;
  if (int result = table_id(run, mount, id); result < 0) {
    return result;
  }
  table::Memory memory(run.program.table_memory, run.program.table_size);
  table::Table table(memory);
  if (int result = read_own_table(run, table); result < 0) {
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
  return result >= 0 && is_ours && is_classic(run) ? lift(run, nodes, lifted, again) : result;
}

}  // namespace

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

}  // namespace mountplan::engine
