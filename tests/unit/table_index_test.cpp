// SPDX-License-Identifier: MIT
// Look-up by id.
#include <gtest/gtest.h>

#include "unit/mount_text.hpp"

using mountplan::table::none;
using mountplan::test::mount_line;
using mountplan::test::Parsed;

TEST(Find, FindsDenseIdsInAnyOrder) {
  Parsed parsed(mount_line(22, 20, "/b") + mount_line(20, 1, "/") + mount_line(21, 20, "/a"));
  EXPECT_EQ(parsed.table.find(22), 0u);
  EXPECT_EQ(parsed.table.find(20), 1u);
  EXPECT_EQ(parsed.table.find(21), 2u);
  EXPECT_EQ(parsed.table.find(19), none);
  EXPECT_EQ(parsed.table.find(23), none);
  EXPECT_EQ(parsed.table.find(UINT64_MAX), none);
}

TEST(Find, FindsIdsThatAreFarApartInAnyOrder) {
  Parsed parsed(mount_line(UINT64_MAX, 0, "/b") + mount_line(0, 0, "/") + mount_line(1u << 31, 0, "/a"));
  EXPECT_FALSE(parsed.table.dense);
  EXPECT_EQ(parsed.table.index.size(), 3u);
  EXPECT_EQ(parsed.table.find(UINT64_MAX), 0u);
  EXPECT_EQ(parsed.table.find(0), 1u);
  EXPECT_EQ(parsed.table.find(1u << 31), 2u);
  EXPECT_EQ(parsed.table.find(5), none);
}

TEST(Find, TakesTheLastLineOfAnId) {
  Parsed dense(mount_line(7, 0, "/a") + mount_line(8, 0, "/") + mount_line(7, 0, "/b"));
  EXPECT_EQ(dense.table.find(7), 2u);
  Parsed sparse(mount_line(7, 0, "/a") + mount_line(1u << 30, 0, "/") + mount_line(7, 0, "/b"));
  EXPECT_FALSE(sparse.table.dense);
  EXPECT_EQ(sparse.table.find(7), 2u);
}

TEST(Find, CostsNoMemoryForHugeIds) {
  std::string text;
  for (uint64_t i = 0; i < 1000; i++) {
    text += mount_line(i * 1000003 * 1000003, 0, "/");
  }
  Parsed parsed(text);
  EXPECT_EQ(parsed.table.index.size(), 1000u);
  for (uint64_t i = 0; i < 1000; i++) {
    ASSERT_EQ(parsed.table.find(i * 1000003 * 1000003), i);
  }
}
