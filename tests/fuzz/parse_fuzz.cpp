// SPDX-License-Identifier: MIT
// mountinfo text of any bytes. The first byte chooses limits, the rest is the text. The library must say what a plain parser says, field by
// field or, where the text is malformed, with the same line, column and reason; and all ways to find special bytes must agree.
#include <algorithm>
#include <vector>

#include "fuzz/bytes.hpp"
#include "fuzz/check.hpp"
#include "fuzz/reference_parser.hpp"
#include "table/parse.hpp"
#include "table/scan.hpp"

using namespace mountplan::fuzz;
using mountplan::base::Failure;
using mountplan::base::Kind;
using mountplan::table::Limits;
using mountplan::table::Memory;
using mountplan::table::Table;
namespace table = mountplan::table;

namespace {

void check_scan(std::string_view text) {
  std::string padded(text);
  padded.resize(table::padded(text.size()));
  std::vector<uint32_t> special;
  for (size_t i = 0; i < padded.size(); i++) {
    if (static_cast<unsigned char>(padded[i]) <= ' ' || padded[i] == '\\') {
      special.push_back(static_cast<uint32_t>(i));
    }
  }
  const auto newlines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  for (const table::Finder *const *finder = table::finders(); *finder != nullptr; finder++) {
    std::vector<uint32_t> places(special.size() + table::find_slack);
    size_t at = 0;
    const unsigned found = (*finder)->find(padded.data(), padded.size(), at, places.data(), static_cast<unsigned>(special.size()));
    check_same(found, special.size(), (*finder)->name);
    places.resize(found);
    check(places == special, (*finder)->name);
    check_same((*finder)->count_newlines(padded.data(), padded.size()), newlines, "newlines");
  }
}

void check_failure(int result, const Failure &failure, const ReferenceError &expected) {
  check_same(result, -expected.error, "the errno");
  check_same(failure.error, expected.error, "the errno in the error");
  check(failure.kind == Kind::parse, "the kind is PARSE");
  check(memchr(failure.detail, '\0', sizeof failure.detail) != nullptr && failure.detail[0] != '\0', "there is a detail");
  if (expected.error == EBADMSG || expected.error == EMSGSIZE) {
    check_same(failure.line, expected.line, "the line");
    check_same(failure.column, expected.column, "the column");
    check(std::string_view(failure.detail).starts_with(expected.what + ": expected "), failure.detail);
  }
}

void check_mount(const Table &found, size_t i, const ReferenceMount &expected) {
  const table::Entry &entry = found.entries[i];
  check_same(entry.id, expected.id, "id");
  check_same(entry.parent_id, expected.parent_id, "parent id");
  check_same(entry.major, expected.major, "major");
  check_same(entry.minor, expected.minor, "minor");
  check_same(found.string(entry.root), expected.root, "root");
  check_same(found.string(entry.mount_point), expected.mount_point, "mount point");
  check_same(found.mount_point(i).size(), expected.mount_point.size(), "length of the mount point");
  check_same(found.string(entry.options), expected.options, "options");
  check_same(found.string(entry.optional), expected.optional, "optional fields");
  check_same(found.string(entry.type), expected.type, "type");
  check_same(found.string(entry.source), expected.source, "source");
  check_same(found.string(entry.super_options), expected.super_options, "super options");
}

void check_find(const Table &found, const std::vector<ReferenceMount> &mounts, uint64_t id) {
  uint32_t last = table::none;
  for (size_t i = 0; i < mounts.size(); i++) {
    last = mounts[i].id == id ? static_cast<uint32_t>(i) : last;
  }
  check_same(found.find(id), last, "the mount with an id");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Bytes in(data, size);
  uint8_t choice = in.byte();
  std::string_view text = in.rest();
  Limits limits;
  limits.bytes = (choice & 1) != 0 ? 200 : limits.bytes;
  limits.mounts = (choice & 2) != 0 ? 2 : limits.mounts;
  limits.line = (choice & 4) != 0 ? 40 : limits.line;

  check_scan(text);
  const ReferenceParser expected(text, limits);
  Memory memory;
  Table found(memory);
  Failure failure;
  int result = table::parse(text, limits, found, failure);

  if (expected.error.error != 0) {
    check_failure(result, failure, expected.error);
    return 0;
  }
  check_same(result, 0, "well formed text is parsed");
  check_same(found.count(), expected.mounts.size(), "the number of mounts");
  for (size_t i = 0; i < expected.mounts.size(); i++) {
    check_mount(found, i, expected.mounts[i]);
  }
  for (size_t i = 0; i < expected.mounts.size() && i < 16; i++) {
    check_find(found, expected.mounts, expected.mounts[i].id);
    check_find(found, expected.mounts, expected.mounts[i].parent_id);
  }
  return 0;
}
