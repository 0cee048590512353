// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "base/arena.hpp"
#include "base/vec.hpp"
#include "base/writer.hpp"

using mountplan::base::Arena;
using mountplan::base::Vec;
using mountplan::base::Writer;

TEST(Writer, FormatsNumbersInEveryBase) {
  char buffer[64];
  Writer writer(buffer, sizeof buffer);
  writer.number(-9223372036854775807 - 1).text(" ").unsigned_number(18446744073709551615u).text(" ").octal(0755).text(" ").hex(255);
  EXPECT_STREQ(buffer, "-9223372036854775808 18446744073709551615 0755 0xff");
}

TEST(Writer, CutsAtTheEndOfTheBufferAndCountsTheWhole) {
  char buffer[4];
  Writer writer(buffer, sizeof buffer);
  writer.text("abcdef");
  EXPECT_STREQ(buffer, "abc");
  EXPECT_EQ(writer.length(), 6u);
  EXPECT_TRUE(writer.cut());
}

TEST(Writer, QuotesControlBytesSoThatTextStaysOnOneLine) {
  char buffer[32];
  Writer(buffer, sizeof buffer).quoted("a\n\"\\\x7f");
  EXPECT_STREQ(buffer, R"("a\012\"\\\177")");
}

TEST(Arena, KeepsAddressesWhileItGrows) {
  Arena arena;
  char *first = arena.copy("first");
  for (int i = 0; i < 1000; i++) {
    ASSERT_NE(arena.allocate(100), nullptr);
  }
  EXPECT_STREQ(first, "first");
  EXPECT_STREQ(arena.join("a/", "b"), "a/b");
}

TEST(Arena, ServesMoreThanOneBlock) {
  Arena arena;
  auto *large = static_cast<char *>(arena.allocate(1 << 20));
  ASSERT_NE(large, nullptr);
  large[(1 << 20) - 1] = 'x';
  EXPECT_EQ(arena.allocate(SIZE_MAX), nullptr);
}

TEST(Vec, PushesAnElementOfItself) {
  Vec<int> values;
  ASSERT_TRUE(values.push(7));
  for (int i = 0; i < 100; i++) {
    ASSERT_TRUE(values.push(values[0]));
  }
  EXPECT_EQ(values.size(), 101u);
  EXPECT_EQ(values.back(), 7);
}
