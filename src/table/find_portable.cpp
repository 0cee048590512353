// SPDX-License-Identifier: MIT
// Eight bytes at a time, on any processor.
#include "table/find.hpp"
#include "table/finder_list.hpp"

namespace mountplan::table {

namespace {

struct PortableBlock {
  static uint64_t special(const char *block) {
    uint64_t result = 0;
    for (unsigned i = 0; i < block_size / 8; i++) {
      const uint64_t word = word_at(block, i);
      const uint64_t found = up_to_space(word) | equal(word, '\\');
      result |= (((found >> 7) * 0x0102040810204080) >> 56) << (8 * i);  // gathers the eight top bits
    }
    return result;
  }
  static unsigned newlines(const char *block) {
    uint64_t sums = 0;  // of each of the eight columns, at most 8
    for (unsigned i = 0; i < block_size / 8; i++) {
      sums += equal(word_at(block, i), '\n') >> 7;
    }
    return static_cast<unsigned>((sums * ones) >> 56);
  }

 private:
  static constexpr uint64_t ones = 0x0101010101010101;

  // The top bit of each byte of `word` that is a space or less.
  static uint64_t up_to_space(uint64_t word) { return ~(((word & ~(ones << 7)) + ones * (0x7f - ' ')) | word) & (ones << 7); }

  // The top bit of each byte of `word` that equals `byte`; exact, no carry between bytes.
  static uint64_t equal(uint64_t word, unsigned char byte) {
    const uint64_t difference = word ^ (ones * byte);
    return ~(((difference & ~(ones << 7)) + ~(ones << 7)) | difference) & (ones << 7);
  }
  static uint64_t word_at(const char *block, unsigned i) {
    uint64_t word;
    memcpy(&word, block + size_t{i} * 8, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
  }
};

}  // namespace

constinit const Finder portable_finder = {"portable", find<PortableBlock>, count_newlines<PortableBlock>};

}  // namespace mountplan::table
