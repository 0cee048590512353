// SPDX-License-Identifier: MIT
// The mounts at and below one of ours, as the table tells them: opening one, and getting at those that others cover. mount(2) reaches a
// covered mount only while what covers it is elsewhere; for that time it is moved to scratch. Left alone, a mount that came along with a
// bind would turn up without the attributes of the bind when a later op takes away its cover.
#pragma once

#include "engine/run.hpp"
#include "table/table.hpp"
#include "tree/tree.hpp"

namespace mountplan::engine {

// A mount table and the part of it that is changed.
struct Nodes {
  int top;  // the mount whose tree it is
  const table::Table &table;
  const tree::Tree &tree;
};

inline const table::Entry &entry_of(const Nodes &nodes, size_t node) { return nodes.table.entries[nodes.tree.nodes[node].mount]; }

// Where it is mounted, seen from the top; no slash in front.
const char *relative_path(const Nodes &nodes, size_t node);

// One mount: found by its path, and only taken when it has the id the table says.
int open_node(Run &run, const Nodes &nodes, size_t node);

// Covers, in the order in which they were lifted.
struct Lifted {
  static constexpr size_t most = 128;
  struct Cover {
    int mount;
    int place;  // what it covered
  };
  Cover covers[most];
  size_t count = 0;
};

// Scratch on the root would cover all that is below it. `id` becomes the id of scratch, 0 where there is none.
int take_out_scratch(Run &run, table::Table &table, uint64_t &id);

// Moves one mount that covers another to scratch; `again` tells whether there was one. Those that the kernel has locked stay: nobody here
// can take them away.
int lift(Run &run, const Nodes &nodes, Lifted &lifted, bool &again);

// Forgets them, and moves them back before where `move` says so.
int put_back(Run &run, Lifted &lifted, bool move);

}  // namespace mountplan::engine
