// SPDX-License-Identifier: MIT
// Memory of tables and trees: a region in place of malloc.
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

#include "table/read.hpp"
#include "tree/tree.hpp"
#include "unit/mount_text.hpp"

using mountplan::base::Failure;
using mountplan::table::Array;
using mountplan::table::Limits;
using mountplan::table::Memory;
using mountplan::table::Table;
using mountplan::test::mount_line;
using mountplan::tree::Tree;

TEST(Region, GrowsTheBlockOnTopInPlace) {
  char region[256];
  Memory memory(region, sizeof region);
  Array<char> array(memory);
  ASSERT_TRUE(array.resize(10));
  const char *before = array.data();
  ASSERT_TRUE(array.resize(100));
  EXPECT_EQ(array.data(), before);
}

TEST(Region, CopiesABlockThatIsNotOnTop) {
  char region[256];
  Memory memory(region, sizeof region);
  Array<char> lower(memory);
  Array<char> upper(memory);
  ASSERT_TRUE(lower.resize(1));
  lower[0] = 'x';
  ASSERT_TRUE(upper.resize(1));
  ASSERT_TRUE(lower.resize(20));
  EXPECT_EQ(lower[0], 'x');
  EXPECT_GT(lower.data(), upper.data());
}

TEST(Region, TakesBackTheBlockOnTop) {
  char region[128];
  Memory memory(region, sizeof region);
  for (int i = 0; i < 100; i++) {
    Array<char> array(memory);
    ASSERT_TRUE(array.resize(100));
  }
}

TEST(Region, RefusesWhatDoesNotFit) {
  char region[64];
  Memory memory(region, sizeof region);
  Array<char> array(memory);
  EXPECT_FALSE(array.resize(65));
  EXPECT_FALSE(array.resize(SIZE_MAX / 4));
  EXPECT_EQ(array.size(), 0u);
}

TEST(Region, AlignsForAnyType) {
  alignas(16) char region[64];
  Memory memory(region + 1, sizeof region - 1);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.resize(nullptr, 0, 1)) % alignof(max_align_t), 0u);
}

TEST(Region, OfTheDocumentedSizeIsEnoughAndEveryShorterOneIsRefusedOrEnough) {
  std::string text = mount_line(1, 0, "/");
  for (unsigned i = 2; i < 200; i++) {
    text += mount_line(i, i / 2, "/m" + std::to_string(i));
  }
  const size_t enough = mountplan::table::region_size(text.size(), 199);
  size_t fits = 0;
  for (size_t size = 0; size <= enough; size += 64) {
    const auto region = std::make_unique<char[]>(size + 1);
    Memory memory(region.get(), size);
    Table table(memory);
    Tree tree(memory);
    Failure failure;
    int result = mountplan::table::parse(text, Limits{}, table, failure);
    result = result < 0 ? result : mountplan::tree::unfold(table, "/", 0, tree, failure);
    ASSERT_TRUE(result == 0 || result == -ENOMEM);
    ASSERT_TRUE(result == 0 || failure.kind == mountplan::base::Kind::nomem);
    fits += result == 0 ? 1 : 0;
    ASSERT_TRUE(fits == 0 || (result == 0 && tree.count() == 199)) << "a larger region must do as well";
  }
  EXPECT_GT(fits, 0u);
}
