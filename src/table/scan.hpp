// SPDX-License-Identifier: MIT
// Finding the bytes that mean something in mountinfo text (space, newline, backslash, NUL), 64 bytes at a time. This is the
// part of parsing that depends on the machine; what the bytes mean is decided in parse.cpp.
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

// One bit for each of the 64 bytes at `block`, the first byte lowest.
struct PortableBlock {
  static uint64_t special(const char *block) { return mask(block, true); }
  static uint64_t newlines(const char *block) { return mask(block, false); }

 private:
  static constexpr uint64_t ones = 0x0101010101010101;

  // The top bit of each byte of `word` that equals `byte`; exact, no carry between bytes.
  static uint64_t equal(uint64_t word, unsigned char byte) {
    const uint64_t difference = word ^ (ones * byte);
    return ~(((difference & ~(ones << 7)) + ~(ones << 7)) | difference) & (ones << 7);
  }
  static uint64_t mask(const char *block, bool all) {
    uint64_t result = 0;
    for (unsigned i = 0; i < block_size / 8; i++) {
      uint64_t word;
      memcpy(&word, block + size_t{i} * 8, 8);
      if constexpr (std::endian::native == std::endian::big) {
        word = __builtin_bswap64(word);
      }
      uint64_t found = equal(word, '\n');
      if (all) {
        found |= equal(word, ' ') | equal(word, '\\') | equal(word, 0);
      }
      result |= (((found >> 7) * 0x0102040810204080) >> 56) << (8 * i);  // gathers the eight top bits
    }
    return result;
  }
};

#if defined(__SSE2__)
struct Sse2Block {
  static uint64_t special(const char *block) {
    return mask(block, [](__m128i bytes) {
      const __m128i blank = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(' ')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')));
      const __m128i odd = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')), _mm_cmpeq_epi8(bytes, _mm_setzero_si128()));
      return _mm_or_si128(blank, odd);
    });
  }
  static uint64_t newlines(const char *block) {
    return mask(block, [](__m128i bytes) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')); });
  }

 private:
  template <typename Match>
  static uint64_t mask(const char *block, Match match) {
    uint64_t result = 0;
    for (unsigned i = 0; i < block_size / 16; i++) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(block + size_t{i} * 16));
      result |= static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(match(bytes)))) << (16 * i);
    }
    return result;
  }
};
using Block = Sse2Block;
#else
using Block = PortableBlock;
#endif

// Walks from one special byte to the next. The caller may change bytes before the position it was given, never after.
template <typename Block>
class Scanner {
 public:
  explicit Scanner(const char *text) : text_(text), mask_(Block::special(text)) {}

  // Offset of the next special byte. There must be one: the buffer ends with a newline.
  size_t next() {
    while (mask_ == 0) {
      at_ += block_size;
      mask_ = Block::special(text_ + at_);
    }
    const auto bit = static_cast<size_t>(std::countr_zero(mask_));
    mask_ &= mask_ - 1;
    return at_ + bit;
  }

 private:
  const char *text_;
  size_t at_ = 0;
  uint64_t mask_;
};

}  // namespace mountplan::table
