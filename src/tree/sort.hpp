// SPDX-License-Identifier: MIT
// Sorting siblings by eight bytes of their path at a time, kept as a number.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mountplan::tree {

struct Item {
  uint64_t key;
  uint32_t offset;  // in the path, behind the bytes of the key
  uint32_t entry;
};

// Sorts by key, of equal keys the later entry first; `items` must come with the later entry first where keys are equal.
// `scratch` is as long as `items`. Never slower than n log n.
void sort_items(Item *items, Item *scratch, size_t count);

}  // namespace mountplan::tree
