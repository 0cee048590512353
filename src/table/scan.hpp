// SPDX-License-Identifier: MIT
// Finding the bytes that may mean something in mountinfo text: space, newline and NUL, with them all others up to the space, and backslash;
// 64 bytes at a time. This is the part of parsing that depends on the machine; what the bytes mean is decided in lines.hpp.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace mountplan::table {

// Text is read in whole blocks: a buffer must be readable up to the next multiple of this.
constexpr size_t block_size = 64;

// special(): one bit for each of the 64 bytes at `block`, the first byte lowest. newlines(): how many there are.
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
    if constexpr (std::endian::native == std::endian::big) {
      word = __builtin_bswap64(word);
    }
    return word;
  }
};

#if defined(__SSE2__)
struct Sse2Block {
  static uint64_t special(const char *block) {
    return special_of_16(block) | special_of_16(block + 16) << 16 | special_of_16(block + 32) << 32 | special_of_16(block + 48) << 48;
  }
  static unsigned newlines(const char *block) {
    const __m128i found = _mm_add_epi8(_mm_add_epi8(newlines_of_16(block), newlines_of_16(block + 16)),
                                       _mm_add_epi8(newlines_of_16(block + 32), newlines_of_16(block + 48)));
    // Each of the sixteen columns has minus the number of its newlines.
    const __m128i halves = _mm_sad_epu8(_mm_sub_epi8(_mm_setzero_si128(), found), _mm_setzero_si128());
    return static_cast<unsigned>(_mm_cvtsi128_si32(halves) + _mm_extract_epi16(halves, 4));
  }

 private:
  static __m128i load(const char *bytes) { return _mm_loadu_si128(reinterpret_cast<const __m128i *>(bytes)); }
  static uint64_t special_of_16(const char *bytes) {
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(load(bytes), _mm_set1_epi8(' ')), load(bytes));
    const __m128i found = _mm_or_si128(low, _mm_cmpeq_epi8(load(bytes), _mm_set1_epi8('\\')));
    return static_cast<uint32_t>(_mm_movemask_epi8(found));
  }
  static __m128i newlines_of_16(const char *bytes) { return _mm_cmpeq_epi8(load(bytes), _mm_set1_epi8('\n')); }
};
using Block = Sse2Block;
#else
using Block = PortableBlock;
#endif

// Walks from one special byte to the next. The caller may change bytes before the position it was given, never after.
//
// The places in several blocks are written down at once: how many a block has can not be foreseen, so a loop that ends there, or a test for
// the end of a block at each byte, would make the processor guess wrong in most blocks.
template <typename Block>
class Scanner {
 public:
  // `size`: of the text, whole blocks; less than 4 GiB.
  Scanner(const char *text, size_t size) : text_(text), size_(size) {}

  // Offset of the next special byte. There must be one: the buffer ends with a newline.
  size_t next() {
    const size_t place = *ahead(1);
    take(1);
    return place;
  }

  // The next `count` of them, at most most_ahead, which are not taken by that; NULL where the text has fewer.
  const uint32_t *ahead(unsigned count) {
    if (found_ - taken_ < count) {
      look();
    }
    return found_ - taken_ < count ? nullptr : places_ + taken_;
  }
  void take(unsigned count) { taken_ += count; }

  static constexpr unsigned most_ahead = 8 * block_size;

 private:
  static constexpr unsigned usual = 6;  // special bytes in a block; these are written without looking how many there are

  void look() {
    memmove(places_, places_ + taken_, (found_ - taken_) * sizeof(uint32_t));
    unsigned found = found_ - taken_;
    while (found < most_ahead && at_ < size_) {
      uint64_t mask = Block::special(text_ + at_);
      const unsigned count = bits(mask);
      const auto write = [&](unsigned i) {
        places_[found + i] = static_cast<uint32_t>(at_) + lowest(mask);
        mask &= mask - 1;
      };
      static_assert(usual == 6);
      write(0), write(1), write(2), write(3), write(4), write(5);
      for (unsigned i = usual; i < count; i++) {
        write(i);
      }
      found += count;
      at_ += block_size;
    }
    found_ = found;
    taken_ = 0;
  }

  // Number of the lowest bit. Where there is none it is not used, but must not cost a branch.
  static uint32_t lowest(uint64_t mask) { return static_cast<uint32_t>(std::countr_zero(mask | uint64_t{1} << 63)); }

  // Without the instruction, which not every processor has, std::popcount is a call.
  static unsigned bits(uint64_t mask) {
    mask -= mask >> 1 & 0x5555555555555555;
    mask = (mask & 0x3333333333333333) + (mask >> 2 & 0x3333333333333333);
    mask = (mask + (mask >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return static_cast<unsigned>(mask * 0x0101010101010101 >> 56);
  }

  const char *text_;
  size_t size_;
  size_t at_ = 0;  // of the block to look at next
  unsigned taken_ = 0;
  unsigned found_ = 0;
  uint32_t places_[most_ahead + block_size + usual];
};

}  // namespace mountplan::table
