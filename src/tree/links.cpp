// SPDX-License-Identifier: MIT
// Linking entries by id, see links.hpp.
#include "tree/links.hpp"

#include <cstring>

namespace mountplan::tree {

namespace {

void find_parents(const table::Table &table, Links &links) {
  uint64_t last_id = 0;  // neighbours often share a parent
  uint32_t last = none;
  for (uint32_t i = 0; i < table.count(); i++) {
    const table::Entry &entry = table.entries[i];
    uint8_t marks = 0;
    if (table.find(entry.id) != i) {
      marks |= mark_duplicate;
    }
    uint32_t parent = none;
    if (entry.parent_id != entry.id) {
      if (last == none || entry.parent_id != last_id) {
        last_id = entry.parent_id;
        last = table.find(last_id);
      }
      parent = last;
      if (parent == none) {
        marks |= mark_missing_parent;
      }
    }
    links.parent[i] = parent;
    links.marks[i] = marks;
  }
}

// Makes the first entry of each cycle a root. Each entry is visited once; `visit` says by the walk from which one.
void break_cycles(Links &links, table::Array<uint32_t> &visit) {
  const auto count = static_cast<uint32_t>(links.parent.size());
  memset(visit.data(), 0xff, count * sizeof(uint32_t));
  for (uint32_t i = 0; i < count; i++) {
    uint32_t at = i;
    while (at != none && visit[at] == none) {
      visit[at] = i;
      at = links.parent[at];
    }
    if (at == none || visit[at] != i) {
      continue;
    }
    uint32_t first = at;
    for (uint32_t member = links.parent[at]; member != at; member = links.parent[member]) {
      first = member < first ? member : first;
    }
    links.parent[first] = none;
    links.marks[first] |= mark_cycle;
  }
}

void list_children(Links &links) {
  const size_t count = links.parent.size();
  memset(links.first_child.data(), 0xff, count * sizeof(uint32_t));
  for (size_t i = count; i-- > 0;) {
    const uint32_t parent = links.parent[i];
    uint32_t &first = parent == none ? links.first_root : links.first_child[parent];
    links.next[i] = first;
    first = static_cast<uint32_t>(i);
  }
}

}  // namespace

bool link(const table::Table &table, Links &links) {
  const size_t count = table.count();
  if (!links.parent.resize(count) || !links.first_child.resize(count) || !links.next.resize(count) || !links.marks.resize(count)) {
    return false;
  }
  if (count > 0) {
    find_parents(table, links);
    break_cycles(links, links.next);
    list_children(links);
  }
  return true;
}

}  // namespace mountplan::tree
