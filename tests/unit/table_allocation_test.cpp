// SPDX-License-Identifier: MIT
// Allocations of reading, parsing and unfolding: none on a region, few on malloc(3), and each may fail. The linker sends the
// library's calls here (--wrap).
#include <gtest/gtest.h>
#include <mountplan/tree.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "table/read.hpp"
#include "tree/tree.hpp"
#include "unit/mount_text.hpp"

using mountplan::base::Failure;
using mountplan::table::Limits;
using mountplan::table::Memory;
using mountplan::table::Table;
using mountplan::test::mount_line;
using mountplan::tree::Tree;

namespace {

struct Heap {
  long calls = 0;    // malloc and realloc
  long blocks = 0;   // allocated and not freed
  long fail_at = 0;  // the call that fails, counted from 1; 0 for none
};
Heap heap;

bool fails() { return ++heap.calls == heap.fail_at; }

}  // namespace

extern "C" {
void *__real_malloc(size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);

void *__wrap_malloc(size_t size) {
  void *block = fails() ? nullptr : __real_malloc(size);
  heap.blocks += block != nullptr ? 1 : 0;
  return block;
}
void *__wrap_realloc(void *block, size_t size) {
  void *grown = fails() ? nullptr : __real_realloc(block, size);
  heap.blocks += block == nullptr && grown != nullptr ? 1 : 0;
  return grown;
}
void __wrap_free(void *block) {
  heap.blocks -= block != nullptr ? 1 : 0;
  __real_free(block);
}
}

namespace {

std::string some_text() {
  std::string text = mount_line(1, 0, "/");
  for (uint64_t i = 2; i < 1000; i++) {
    text += mount_line(i << (i % 2 * 40), 1 + i % 3, "/m" + std::to_string(i));
  }
  return text;
}

}  // namespace

TEST(Allocation, NoneOnARegion) {
  std::vector<char> region(4 << 20);
  heap = Heap{};
  Memory memory(region.data(), region.size());
  Table table(memory);
  Tree tree(memory);
  Failure failure;
  ASSERT_EQ(mountplan::table::read_self(mountplan::kernel::live, Limits{}, table, failure), 0);
  ASSERT_EQ(mountplan::tree::unfold(table, "/", MPLAN_UNFOLD_OWNER, tree, failure), 0);
  EXPECT_EQ(heap.calls, 0);
}

TEST(Allocation, NonePerMount) {
  const std::string text = some_text();
  heap = Heap{};
  mplan_table *table = nullptr;
  mplan_tree *tree = nullptr;
  ASSERT_EQ(mplan_table_parse(text.data(), text.size(), 0, &table, nullptr), 0);
  ASSERT_EQ(mplan_tree_unfold(table, "/", 0, &tree, nullptr), 0);
  EXPECT_LT(heap.calls, 20);
  mplan_tree_free(tree);
  mplan_table_unref(table);
  EXPECT_EQ(heap.blocks, 0);
}

TEST(Allocation, FailingAnywhereIsEnomemAndLeaksNothing) {
  const std::string text = some_text();
  bool more = true;
  long failures = 0;
  for (long at = 1; more; at++) {
    heap = Heap{};
    heap.fail_at = at;
    mplan_table *table = nullptr;
    mplan_tree *tree = nullptr;
    mplan_error *error = nullptr;
    int result = mplan_table_parse(text.data(), text.size(), 0, &table, &error);
    if (result == 0) {
      result = mplan_tree_unfold(table, nullptr, 0, &tree, &error);
    }
    more = heap.calls >= at;
    // Giving back what is too much may fail too, without harm.
    EXPECT_EQ(mplan_tree_count(tree), result == 0 ? 999u : 0u);
    if (result < 0) {
      failures++;
      EXPECT_EQ(result, -ENOMEM);
      EXPECT_EQ(mplan_error_kind(error), MPLAN_ERROR_NOMEM);
      EXPECT_EQ(tree, nullptr);
    }
    mplan_error_free(error);
    mplan_tree_free(tree);
    mplan_table_unref(table);
    EXPECT_EQ(heap.blocks, 0) << "call " << at;
    ASSERT_LT(at, 100);
  }
  EXPECT_GE(failures, 10);
}
