// SPDX-License-Identifier: MIT
// Finding special bytes: every implementation against a loop.
#include "table/scan.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "table/lines.hpp"

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

// What a table looks like to the parser, with one implementation of finding bytes: the result, its error, and every byte and field.
template <typename Block>
static std::string all_of(const std::string &text) {
  table::Memory memory;
  table::Table table(memory);
  mountplan::base::Failure failure;
  EXPECT_TRUE(table.text.resize(table::padded(text.size())));
  memcpy(table.text.data(), text.data(), text.size());
  table.length = text.size();
  const int result = table::parse_in_place_with<Block>({}, table, failure);
  std::string all = std::to_string(result) + " " + std::to_string(failure.line) + ":" + std::to_string(failure.column) + failure.detail;
  if (result == 0) {
    all.append(table.text.data(), table.text.size());
    all.append(reinterpret_cast<const char *>(table.entries.data()), table.count() * sizeof(table::Entry));
  }
  return all;
}

// The parser has a short way for lines as they usually are, and a long one. One strange byte sends a line the long way: whatever is at a
// place in a line, both ways have to agree with what the long way makes of it.
struct TheLongWay : table::PortableBlock {
  static constexpr bool plain_lines = false;
};

TEST(ScanLines, AreTheSameByEachBlockAndByTheLongWay) {
  std::mt19937 random(2);
  const std::string lines[] = {
      "36 35 98:0 /mnt1 /mnt2 rw,noatime shared:1 master:2 - ext3 /dev/root rw,errors=continue\n",
      "1234567 1 0:1234 / / ro - proc  rw\n",
      "12345678901 7 0:1 / /a\\040b rw shared:1 master:2 propagate_from:3 unbindable x - t s o p\n",
      "20 1 254:1 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw\n",
  };
  for (int round = 0; round < 30000; round++) {
    std::string text;
    for (int i = 0; i < 8; i++) {
      text += lines[random() % std::size(lines)];
    }
    for (unsigned changes = random() % 3; changes > 0; changes--) {
      constexpr char strange[] = {' ', '\n', '\\', '\0', '-', ':', '9', '/', '\x01', '\x80', '\t', ','};
      const size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = strange[random() % sizeof strange];
          break;
        case 1:
          text.insert(at, 1, strange[random() % sizeof strange]);
          break;
        default:
          text.erase(at, 1 + random() % 3);
      }
    }
    const std::string expected = all_of<TheLongWay>(text);
    ASSERT_EQ(all_of<table::PortableBlock>(text), expected) << text;
    ASSERT_EQ(all_of<table::Block>(text), expected) << text;
  }
}
