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
      const bool special = byte == ' ' || byte == '\n' || byte == '\\' || byte == 0;
      ASSERT_EQ(TypeParam::special(block), special ? uint64_t{1} << at : 0) << byte;
      ASSERT_EQ(TypeParam::newlines(block), byte == '\n' ? uint64_t{1} << at : 0) << byte;
    }
  }
}

TYPED_TEST(ScanBlock, FindsSpecialBytesNextToAnyNeighbour) {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; round++) {
    char block[table::block_size];
    uint64_t special = 0;
    for (unsigned at = 0; at < table::block_size; at++) {
      constexpr char few[] = {' ', '\n', '\\', '\0', '!', '\x0b', '\x01', '\x80', '\xa0', '\x8a'};
      block[at] = few[random() % sizeof few];
      special |= memchr(" \n\\", block[at], 4) != nullptr ? uint64_t{1} << at : 0;
    }
    ASSERT_EQ(TypeParam::special(block), special);
  }
}
