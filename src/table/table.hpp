// SPDX-License-Identifier: MIT
// A mount table in memory: the text, cut into NUL-terminated fields where it lies, and one small entry per line.
//
// Reading (read.hpp), parsing (parse.hpp) and unfolding (tree/tree.hpp) take memory only from the Memory the table was made
// with and make system calls only through the Kernel they are given: on a region they are async-signal-safe.
#pragma once

#include <mountplan/table.h>

#include <cstdint>
#include <string_view>

#include "table/memory.hpp"

namespace mountplan::table {

// Strings are offsets into the text: a table has at most 1 GiB of it.
struct Entry {
  uint64_t id;
  uint64_t parent_id;
  uint32_t major;
  uint32_t minor;
  uint32_t root;
  uint32_t mount_point;
  uint32_t mount_point_length;
  uint32_t options;
  uint32_t optional;
  uint32_t type;
  uint32_t source;
  uint32_t super_options;
};
static_assert(sizeof(Entry) == 56);

// What is accepted. Parameters, so that tests can reach them.
struct Limits {
  uint64_t bytes = MPLAN_TABLE_MAX_BYTES;
  uint64_t mounts = MPLAN_TABLE_MAX_MOUNTS;
  uint64_t line = MPLAN_TABLE_MAX_LINE;
};

constexpr uint32_t none = UINT32_MAX;

struct Table {
  explicit Table(Memory &memory) : unique_ids(memory), text(memory), entries(memory), index(memory) {}

  size_t count() const { return entries.size(); }
  const char *string(uint32_t offset) const { return text.data() + offset; }
  std::string_view mount_point(size_t i) const { return std::string_view(string(entries[i].mount_point), entries[i].mount_point_length); }
  // Index of the mount with this id, the last one of several; `none` when there is none. O(1) where ids are dense, else O(log n).
  uint32_t find(uint64_t id) const;

  // One for each entry where statmount(2) gave them, else empty.
  Array<uint64_t> unique_ids;
  Array<char> text;
  size_t length = 0;  // of the text, without the padding behind it
  Array<Entry> entries;
  // Either a slot for each id from first_id on, with entry + 1 or 0; or, where ids are far apart, entries ordered by id and line.
  Array<uint32_t> index;
  bool dense = false;
  uint64_t first_id = 0;
  uint64_t flags = 0;  // MPLAN_TABLE_
};

// Builds what find() needs; part of parsing. False when memory is out.
[[nodiscard]] bool build_index(Table &table);

}  // namespace mountplan::table
