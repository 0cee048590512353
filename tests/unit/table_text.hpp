// SPDX-License-Identifier: MIT
// What a parser made of mountinfo text, as text: to compare the library's, by any way of finding bytes, with the plain one of tests/fuzz.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "fuzz/reference_parser.hpp"
#include "table/lines.hpp"

namespace mountplan::tests {

inline std::string told(uint64_t id, uint64_t parent_id, uint64_t major, uint64_t minor, std::initializer_list<std::string_view> strings) {
  std::string all;
  for (const uint64_t value : {id, parent_id, major, minor}) {
    all += std::to_string(value) + " ";
  }
  for (const std::string_view string : strings) {
    all += "[" + std::string(string) + "]";
  }
  return all + "\n";
}

inline std::string told_error(int error, size_t line, size_t column, const std::string &what) {
  return "error " + std::to_string(error) + " at " + std::to_string(line) + ":" + std::to_string(column) + " " + what;
}

// The result of the library's parser. `table` has the text.
inline std::string told(const table::Table &table, int result, const base::Failure &failure) {
  if (result < 0) {
    const std::string detail = failure.detail;
    return told_error(-result, failure.line, failure.column, detail.substr(0, detail.find(": expected ")));
  }
  std::string all;
  for (size_t i = 0; i < table.count(); i++) {
    const table::Entry &entry = table.entries[i];
    all += told(entry.id, entry.parent_id, entry.major, entry.minor,
                {table.string(entry.root), table.mount_point(i), table.string(entry.options), table.string(entry.optional),
                 table.string(entry.type), table.string(entry.source), table.string(entry.super_options)});
  }
  return all;
}

inline std::string told_by_reference(std::string_view text, const table::Limits &limits) {
  const fuzz::ReferenceParser parser(text, limits);
  if (parser.error.error != 0) {
    return told_error(parser.error.error, parser.error.line, parser.error.column, parser.error.what);
  }
  std::string all;
  for (const fuzz::ReferenceMount &mount : parser.mounts) {
    all += told(mount.id, mount.parent_id, mount.major, mount.minor,
                {mount.root, mount.mount_point, mount.options, mount.optional, mount.type, mount.source, mount.super_options});
  }
  return all;
}

}  // namespace mountplan::tests
