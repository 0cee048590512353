// SPDX-License-Identifier: MIT
// Thirty-two bytes at a time. Compiled for x86 processors with AVX2, BMI and POPCNT, and called only on one (finders.cpp).
#if defined(__AVX2__)
#include <immintrin.h>

#include "table/find.hpp"
#include "table/finder_list.hpp"

namespace mountplan::table {

namespace {

struct Avx2Block {
  static uint64_t special(const char *block) { return special_of_32(block) | special_of_32(block + 32) << 32; }
  static unsigned newlines(const char *block) { return bits(newlines_of_32(block) | newlines_of_32(block + 32) << 32); }

 private:
  static __m256i load(const char *bytes) { return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(bytes)); }
  static uint64_t mask(__m256i found) { return static_cast<uint32_t>(_mm256_movemask_epi8(found)); }
  static uint64_t special_of_32(const char *bytes) {
    const __m256i text = load(bytes);
    const __m256i low = _mm256_cmpeq_epi8(_mm256_min_epu8(text, _mm256_set1_epi8(' ')), text);
    return mask(_mm256_or_si256(low, _mm256_cmpeq_epi8(text, _mm256_set1_epi8('\\'))));
  }
  static uint64_t newlines_of_32(const char *bytes) { return mask(_mm256_cmpeq_epi8(load(bytes), _mm256_set1_epi8('\n'))); }
};

}  // namespace

constinit const Finder avx2_finder = {"AVX2", find<Avx2Block>, count_newlines<Avx2Block>};

}  // namespace mountplan::table
#endif
