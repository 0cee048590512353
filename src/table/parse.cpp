// SPDX-License-Identifier: MIT
// Parsing with the fastest way of finding bytes that there is here; the lines themselves are read in lines.hpp.
#include "table/parse.hpp"

#include <cstring>

#include "table/lines.hpp"

namespace mountplan::table {

int parse_in_place(const Limits &limits, Table &table, base::Failure &failure) {
  return parse_in_place_with<Block>(limits, table, failure);
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
