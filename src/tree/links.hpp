// SPDX-License-Identifier: MIT
// Parents and children of the entries of a table, as lists of indices, whatever the text says: children before parents,
// duplicate ids, missing parents, cycles.
#pragma once

#include <cstdint>

#include "table/table.hpp"

namespace mountplan::tree {

using table::none;

// What is known of an entry by itself.
enum Mark : uint8_t {
  mark_duplicate = 1 << 0,       // its id comes again later
  mark_missing_parent = 1 << 1,  // its parent is not in the table
  mark_cycle = 1 << 2,           // the first of a cycle of parents in table order, where it is broken
  mark_under_sibling = 1 << 3,
  mark_stacked = 1 << 4,
};

struct Links {
  explicit Links(table::Memory &memory) : parent(memory), first_child(memory), next(memory), marks(memory) {}

  table::Array<uint32_t> parent;       // `none` for a root
  table::Array<uint32_t> first_child;  // children in table order
  table::Array<uint32_t> next;         // under the same parent; roots are a list too
  table::Array<uint8_t> marks;         // Mark bits
  uint32_t first_root = none;
};

// False when memory is out.
[[nodiscard]] bool link(const table::Table &table, Links &links);

}  // namespace mountplan::tree
