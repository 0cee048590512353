// SPDX-License-Identifier: MIT
// Which mounts hide which. Two ways: a child on its parent's own root hides the parent (a stack), and a mount hides its
// siblings at the same path or beneath it, because a path is followed from the parent and meets the shorter one first.
#pragma once

#include "table/table.hpp"
#include "tree/links.hpp"

namespace mountplan::tree {

// Sets mark_stacked and mark_under_sibling. Mounts that share a parent which is not in the table are siblings too.
// False when memory is out.
[[nodiscard]] bool mark_covered(const table::Table &table, Links &links);

// Whether the sibling `by` hides `entry`: its path leads to it, or is the same and its line comes later (which happens only in
// a torn table: a mount at the very place of another one has that one as its parent).
bool hides(const table::Table &table, uint32_t by, uint32_t entry);

}  // namespace mountplan::tree
