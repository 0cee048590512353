// SPDX-License-Identifier: MIT
// mountinfo text to a table, proc_pid_mountinfo(5). Pure.
#pragma once

#include <string_view>

#include "base/failure.hpp"
#include "table/table.hpp"

namespace mountplan::table {

// Bytes a buffer for `length` bytes of text needs: a newline that may lack, up to the end of the scanner's block.
constexpr size_t padded(size_t length) { return length / 64 * 64 + 64; }

// Parses a copy of `text` into an empty table.
int parse(std::string_view text, const Limits &limits, Table &table, base::Failure &failure);

// Parses what is already in table.text (table.length bytes, padded() in size), in place. On failure the table is not to be used.
int parse_in_place(const Limits &limits, Table &table, base::Failure &failure);

// The same, the bytes being found in this way (scan.hpp), so that tests and benchmarks can compare.
struct Finder;
int parse_in_place_with(const Finder &finder, const Limits &limits, Table &table, base::Failure &failure);

}  // namespace mountplan::table
