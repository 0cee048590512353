// SPDX-License-Identifier: MIT
// Look-up of mounts by id. Ids are keys: the work and memory depend on how many there are, never on how large they are, and no
// choice of ids makes it slow (a hash table could be attacked by one).
#include <algorithm>
#include <cstring>

#include "table/table.hpp"

namespace mountplan::table {

namespace {

bool build_dense(Table &table, uint64_t range) {
  if (!table.index.resize(static_cast<size_t>(range) + 1)) {
    return false;
  }
  memset(table.index.data(), 0, table.index.size() * sizeof(uint32_t));
  for (size_t i = 0; i < table.count(); i++) {
    table.index[static_cast<size_t>(table.entries[i].id - table.first_id)] = static_cast<uint32_t>(i + 1);
  }
  return true;
}

bool build_sorted(Table &table) {
  if (!table.index.resize(table.count())) {
    return false;
  }
  bool ascending = true;
  for (size_t i = 0; i < table.count(); i++) {
    table.index[i] = static_cast<uint32_t>(i);
    ascending = ascending && (i == 0 || table.entries[i - 1].id <= table.entries[i].id);
  }
  if (!ascending) {  // Linux lists mounts by id since 6.8
    std::sort(table.index.data(), table.index.data() + table.count(), [entries = table.entries.data()](uint32_t a, uint32_t b) {
      return entries[a].id != entries[b].id ? entries[a].id < entries[b].id : a < b;
    });
  }
  return true;
}

}  // namespace

bool build_index(Table &table) {
  if (table.count() == 0) {
    return true;
  }
  uint64_t lowest = UINT64_MAX;
  uint64_t highest = 0;
  for (size_t i = 0; i < table.count(); i++) {
    lowest = std::min(lowest, table.entries[i].id);
    highest = std::max(highest, table.entries[i].id);
  }
  table.first_id = lowest;
  const uint64_t range = highest - lowest;
  table.dense = range < uint64_t{2} * table.count() + 16;
  return table.dense ? build_dense(table, range) : build_sorted(table);
}

uint32_t Table::find(uint64_t id) const {
  if (dense) {
    const uint64_t slot = id - first_id;
    return slot < index.size() ? index[static_cast<size_t>(slot)] - 1 : none;  // an empty slot wraps to none
  }
  // The last of the entries whose id is not above this one.
  size_t low = 0;
  size_t high = index.size();
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (entries[index[middle]].id <= id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low > 0 && entries[index[low - 1]].id == id ? index[low - 1] : none;
}

}  // namespace mountplan::table
