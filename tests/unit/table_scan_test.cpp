// SPDX-License-Identifier: MIT
// Finding special bytes: every implementation against a loop.
#include "table/scan.hpp"

#include <gtest/gtest.h>

#include <random>

namespace table = mountplan::table;

template <typename Block>
class ScanBlock : public testing::Test {};
using Blocks = testing::Types<table::PortableBlock, table::Block>;
TYPED_TEST_SUITE(ScanBlock, Blocks);

TYPED_TEST(ScanBlock, FindsEachSpecialByteAtEachPlace) {
  for (unsigned byte = 0; byte < 256; byte++) {
    for (unsigned at = 0; at < table::block_size; at++) {
      char block[table::block_size];
      memset(block, 'x', sizeof block);
      block[at] = static_cast<char>(byte);
      const bool special = byte <= ' ' || byte == '\\';
      ASSERT_EQ(TypeParam::special(block), special ? uint64_t{1} << at : 0) << byte;
      ASSERT_EQ(TypeParam::newlines(block), byte == '\n' ? 1u : 0u) << byte;
    }
  }
}

TYPED_TEST(ScanBlock, FindsSpecialBytesNextToAnyNeighbour) {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; round++) {
    char block[table::block_size];
    uint64_t special = 0;
    unsigned newlines = 0;
    for (unsigned at = 0; at < table::block_size; at++) {
      constexpr char few[] = {' ', '\n', '\\', '\0', '!', '\x0b', '\x01', '\x80', '\xa0', '\x8a'};
      block[at] = few[random() % sizeof few];
      const bool found = static_cast<unsigned char>(block[at]) <= ' ' || block[at] == '\\';
      special |= found ? uint64_t{1} << at : 0;
      newlines += block[at] == '\n' ? 1 : 0;
    }
    ASSERT_EQ(TypeParam::special(block), special);
    ASSERT_EQ(TypeParam::newlines(block), newlines);
  }
}
