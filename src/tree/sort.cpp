// SPDX-License-Identifier: MIT
// Comparing for few items, byte by byte from the lowest (radix) for many.
#include "tree/sort.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mountplan::tree {

namespace {

// Below this the tables of the radix sort cost more than they save.
constexpr size_t few = 512;
constexpr unsigned bytes = 8;

}  // namespace

void sort_items(Item *items, Item *scratch, size_t count) {
  if (count <= few) {
    std::sort(items, items + count, [](const Item &a, const Item &b) { return a.key != b.key ? a.key < b.key : a.entry > b.entry; });
    return;
  }
  uint32_t counts[bytes][256] = {};
  for (size_t i = 0; i < count; i++) {
    for (unsigned byte = 0; byte < bytes; byte++) {
      counts[byte][items[i].key >> (8 * byte) & 0xff]++;
    }
  }
  Item *from = items;
  Item *to = scratch;
  for (unsigned byte = 0; byte < bytes; byte++) {
    if (counts[byte][items[0].key >> (8 * byte) & 0xff] == count) {
      continue;  // all have the same byte here
    }
    uint32_t places[256];
    uint32_t place = 0;
    for (unsigned value = 0; value < 256; value++) {
      places[value] = place;
      place += counts[byte][value];
    }
    for (size_t i = 0; i < count; i++) {
      to[places[from[i].key >> (8 * byte) & 0xff]++] = from[i];
    }
    std::swap(from, to);
  }
  if (from != items) {
    memcpy(items, from, count * sizeof(Item));
  }
}

}  // namespace mountplan::tree
