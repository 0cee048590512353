// SPDX-License-Identifier: MIT
// Covering, see cover.hpp. Siblings are sorted by path with the slash below every other byte, so that what lies beneath a path
// follows it directly; then one pass finds all that is hidden.
#include "tree/cover.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "path/clean.hpp"
#include "tree/sort.hpp"

namespace mountplan::tree {

namespace {

// 0 ends a path, 1 is the slash, the other bytes keep their order.
constexpr std::array<uint8_t, 256> make_ranks() {
  std::array<uint8_t, 256> ranks{};
  for (unsigned byte = 1; byte < 256; byte++) {
    ranks[byte] = static_cast<uint8_t>(byte < '/' ? byte + 1 : byte == '/' ? 1 : byte);
  }
  return ranks;
}
constexpr std::array<uint8_t, 256> ranks = make_ranks();

uint64_t key_at(const char *path) {
  uint64_t key = 0;
  unsigned i = 0;
  for (; i < 8 && path[i] != '\0'; i++) {
    key = key << 8 | ranks[static_cast<uint8_t>(path[i])];
  }
  return i == 8 ? key : i == 0 ? 0 : key << (8 * (8 - i));
}

bool path_ended(uint64_t key) { return (key & 0xff) == 0; }

// How many bytes two texts share, up to `most`; they share the first `known` already.
size_t common_bytes(const char *a, const char *b, size_t known, size_t most) {
  size_t length = known;
  while (length + 8 <= most && memcmp(a + length, b + length, 8) == 0) {  // one comparison of words
    length += 8;
  }
  while (length < most && a[length] == b[length]) {
    length++;
  }
  return length;
}

// How many bytes all paths of a run share; they share the first `known` already.
size_t common_prefix(const table::Table &table, const Item *items, size_t count, size_t known) {
  const std::string_view first = table.mount_point(items[0].entry);
  size_t common = first.size();
  for (size_t i = 1; i < count && common > known; i++) {
    const std::string_view other = table.mount_point(items[i].entry);
    common = common_bytes(first.data(), other.data(), known, std::min(common, other.size()));
  }
  return common;
}

// Sorts a run of paths that share their first `known` bytes by the eight bytes after all they share.
void sort_run(const table::Table &table, Item *items, Item *scratch, size_t count, size_t known) {
  const size_t common = common_prefix(table, items, count, known);
  for (size_t i = 0; i < count; i++) {
    items[i].key = key_at(table.string(table.entries[items[i].entry].mount_point) + common);
    items[i].offset = static_cast<uint32_t>(common + 8);
  }
  sort_items(items, scratch, count);
}

// Whether the keys alone say that `item` is not beneath `top`: they are of the same place in the paths and differ in a byte that
// top's path has. Saves a look at the text, which is far away.
bool keys_differ(const Item &item, const Item &top) {
  if (item.offset != top.offset || item.key == top.key) {
    return false;
  }
  const int same_bytes = std::countl_zero(item.key ^ top.key) / 8;
  const int path_bytes = 8 - std::countr_zero(top.key) / 8;  // none where the key is 0
  return same_bytes < path_bytes;
}

// Goes through the siblings in the order of their paths, of equal ones the later line first, and marks what the last visible
// one hides. Sorting is done on the way and only as far as needed: a run of equal keys is sorted again, in its place, by its next
// bytes. What follows the run was sorted by earlier bytes, so its offset tells it apart.
// Items come with the later line first, and sorting keeps that order among equals.
void mark_group(const table::Table &table, Links &links, Item *items, Item *scratch, size_t count) {
  sort_run(table, items, scratch, count, 0);
  Item top = {};
  bool has_top = false;
  size_t at = 0;
  while (at < count) {
    const Item &item = items[at];
    if (has_top && !keys_differ(item, top) && path::has_prefix(table.mount_point(item.entry), table.mount_point(top.entry))) {
      links.marks[item.entry] |= mark_under_sibling;
      at++;
      continue;
    }
    size_t end = at + 1;
    while (end < count && items[end].key == item.key && items[end].offset == item.offset) {
      end++;
    }
    if (end == at + 1 || path_ended(item.key)) {
      top = item;
      has_top = true;
      at++;
    } else {
      sort_run(table, items + at, scratch, end - at, item.offset);
    }
  }
}

void mark_stacks(const table::Table &table, Links &links) {
  for (size_t i = 0; i < table.count(); i++) {
    const uint32_t parent = links.parent[i];
    if (parent != none && (links.marks[i] & mark_duplicate) == 0 && table.mount_point(i) == table.mount_point(parent)) {
      links.marks[parent] |= mark_stacked;
    }
  }
}

// Room for a group and for sorting it.
bool make_room(table::Array<Item> &items, size_t count) { return items.size() >= 2 * count || items.resize(2 * count); }

bool mark_children(const table::Table &table, Links &links, table::Array<Item> &items) {
  for (size_t parent = 0; parent < table.count(); parent++) {
    const uint32_t first = links.first_child[parent];
    if (first == none || links.next[first] == none) {
      continue;
    }
    size_t count = 0;
    for (uint32_t child = first; child != none; child = links.next[child]) {
      count += (links.marks[child] & mark_duplicate) == 0 ? 1 : 0;
    }
    if (count < 2) {
      continue;
    }
    if (!make_room(items, count)) {
      return false;
    }
    size_t left = count;
    for (uint32_t child = first; child != none; child = links.next[child]) {
      if ((links.marks[child] & mark_duplicate) == 0) {
        items[--left].entry = child;
      }
    }
    mark_group(table, links, items.data(), items.data() + count, count);
  }
  return true;
}

bool mark_orphans(const table::Table &table, Links &links, table::Array<Item> &items) {
  const auto is_orphan = [&](uint32_t i) { return (links.marks[i] & (mark_missing_parent | mark_duplicate)) == mark_missing_parent; };
  size_t count = 0;
  for (uint32_t root = links.first_root; root != none; root = links.next[root]) {
    count += is_orphan(root) ? 1 : 0;
  }
  if (count < 2) {
    return true;
  }
  if (!make_room(items, count)) {
    return false;
  }
  size_t left = count;
  for (uint32_t root = links.first_root; root != none; root = links.next[root]) {
    if (is_orphan(root)) {
      items[--left] = Item{table.entries[root].parent_id, 0, root};
    }
  }
  Item *const scratch = items.data() + count;
  sort_items(items.data(), scratch, count);
  for (size_t at = 0, end = 0; at < count; at = end) {
    while (end < count && items[end].key == items[at].key) {
      end++;
    }
    if (end - at > 1) {
      mark_group(table, links, items.data() + at, scratch, end - at);
    }
  }
  return true;
}

}  // namespace

bool mark_covered(const table::Table &table, Links &links) {
  table::Array<Item> items(links.marks.memory());
  mark_stacks(table, links);
  return mark_children(table, links, items) && mark_orphans(table, links, items);
}

bool hides(const table::Table &table, uint32_t by, uint32_t entry) {
  const std::string_view shorter = table.mount_point(by);
  const std::string_view longer = table.mount_point(entry);
  return shorter == longer ? by > entry : path::has_prefix(longer, shorter);
}

}  // namespace mountplan::tree
