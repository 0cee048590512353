// SPDX-License-Identifier: MIT
// Tables for tests: mountinfo text made of what a test cares about, and a table with its memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "table/parse.hpp"

namespace mountplan::test {

inline std::string mount_line(uint64_t id, uint64_t parent, std::string_view mount_point) {
  return std::to_string(id) + " " + std::to_string(parent) + " 0:1 / " + std::string(mount_point) + " rw,relatime - tmpfs none rw\n";
}

// A table parsed from text that must be well formed.
struct Parsed {
  explicit Parsed(std::string_view text, const table::Limits &limits = {}) : result(table::parse(text, limits, table, failure)) {}

  std::string_view string(uint32_t table::Entry::*field, size_t i = 0) const { return table.string(table.entries[i].*field); }

  table::Memory memory;
  table::Table table{memory};
  base::Failure failure;
  int result;
};

}  // namespace mountplan::test
