// SPDX-License-Identifier: MIT
// The unfolded tree: who is mounted on whom, who is covered and by what. Nodes in pre-order, siblings in table order.
//
// Memory comes only from the Memory the tree was made with (table/memory.hpp): on a region nothing is allocated, so after
// fork(2) the table can be read and unfolded from a region of table::region_size() bytes. No recursion; O(n log n) at worst.
#pragma once

#include <mountplan/tree.h>

#include <cstdint>

#include "base/failure.hpp"
#include "table/table.hpp"

namespace mountplan::tree {

using table::none;

// Indices are `none` where there is nothing.
struct Node {
  uint32_t mount;  // entry in the table
  uint32_t parent;
  uint32_t first_child;
  uint32_t next_sibling;  // roots of a forest are siblings
  uint32_t depth;
  uint8_t reason;     // MPLAN_NODE_
  uint8_t covered;    // 1 where its path does not lead to it
  uint8_t reachable;  // 1 where its mount point can be reached; with that, a mount that is covered is below the top of a stack
  uint8_t marks;      // Mark bits of links.hpp
};
static_assert(sizeof(Node) == 24);

struct Tree {
  explicit Tree(table::Memory &memory) : nodes(memory) {}

  size_t count() const { return nodes.size(); }

  table::Array<Node> nodes;
};

// Fills an empty tree: at and below `target`, an absolute path, or the whole table where it is NULL. flags: MPLAN_UNFOLD_.
int unfold(const table::Table &table, const char *target, uint64_t flags, Tree &tree, base::Failure &failure);

// As unfold(), at and below the mount with this id, whatever hides it from the root: what is visible is told as seen from it.
// So a recursive remount of a mount that is held by descriptor can not miss one. A mount on top of it makes the first node
// covered and MPLAN_NODE_STACKED. -ESTALE where the table has no such id.
int unfold_mount(const table::Table &table, uint64_t id, Tree &tree, base::Failure &failure);

}  // namespace mountplan::tree
