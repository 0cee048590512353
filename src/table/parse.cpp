// SPDX-License-Identifier: MIT
// From text to a table; the lines themselves are read in lines.hpp.
#include "table/parse.hpp"

#include <cstring>

#include "table/lines.hpp"

namespace mountplan::table {

int parse_in_place_with(const Finder &finder, const Limits &limits, Table &table, base::Failure &failure) {
  if (table.length > limits.bytes) {
    return base::fail(failure, base::Kind::parse, EFBIG, "the mount table is larger than the limit");
  }
  if (table.length == 0) {
    return 0;
  }
  char *const text = table.text.data();
  memset(text + table.length, 0, table.text.size() - table.length);
  if (text[table.length - 1] != '\n') {
    text[table.length] = '\n';
  }
  // Counting first costs little and makes the entries one allocation of the right size.
  const size_t lines = finder.count_newlines(text, table.text.size());
  if (lines > limits.mounts) {
    return base::fail(failure, base::Kind::parse, EOVERFLOW, "the mount table has more lines than the limit");
  }
  if (!table.entries.resize(lines)) {
    return base::fail_memory(failure);
  }
  if (int result = Parser(finder, limits, table, failure).run(); result < 0) {
    return result;
  }
  return build_index(table) ? 0 : base::fail_memory(failure);
}

int parse_in_place(const Limits &limits, Table &table, base::Failure &failure) {
  return parse_in_place_with(best_finder(), limits, table, failure);
}

int parse(std::string_view text, const Limits &limits, Table &table, base::Failure &failure) {
  if (text.size() > limits.bytes) {
    return base::fail(failure, base::Kind::parse, EFBIG, "the mount table is larger than the limit");
  }
  if (!table.text.resize(padded(text.size()))) {
    return base::fail_memory(failure);
  }
  if (!text.empty()) {
    memcpy(table.text.data(), text.data(), text.size());
  }
  table.length = text.size();
  return parse_in_place(limits, table, failure);
}

}  // namespace mountplan::table
