// SPDX-License-Identifier: MIT
// Sixteen bytes at a time, on x86 processors with SSE2: all of 64 bits.
#if defined(__SSE2__)
#include <emmintrin.h>

#include "table/find.hpp"
#include "table/finder_list.hpp"

namespace mountplan::table {

namespace {

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

}  // namespace

constinit const Finder sse2_finder = {"SSE2", find<Sse2Block>, count_newlines<Sse2Block>};

}  // namespace mountplan::table
#endif
