// SPDX-License-Identifier: MIT
// Sixteen bytes at a time, on any ARM processor of 64 bits.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "table/find.hpp"
#include "table/finder_list.hpp"

namespace mountplan::table {

namespace {

struct NeonBlock {
  static uint64_t special(const char *block) {
    static constexpr uint8_t places[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t place = vld1q_u8(places);
    const auto of_16 = [&](unsigned i) {
      const uint8x16_t text = load(block, i);
      return vandq_u8(vorrq_u8(vcleq_u8(text, vdupq_n_u8(' ')), vceqq_u8(text, vdupq_n_u8('\\'))), place);
    };
    // Adding neighbours three times makes one byte of eight: their bits are all different.
    const uint8x16_t halves = vpaddq_u8(vpaddq_u8(of_16(0), of_16(1)), vpaddq_u8(of_16(2), of_16(3)));
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(halves, halves)), 0);
  }
  static unsigned newlines(const char *block) {
    uint8x16_t sums = vdupq_n_u8(0);  // of each of the sixteen columns, at most 4
    for (unsigned i = 0; i < block_size / 16; i++) {
      sums = vsubq_u8(sums, vceqq_u8(load(block, i), vdupq_n_u8('\n')));
    }
    return vaddvq_u8(sums);
  }

 private:
  static uint8x16_t load(const char *block, unsigned i) { return vld1q_u8(reinterpret_cast<const uint8_t *>(block) + size_t{i} * 16); }
};

}  // namespace

constinit const Finder neon_finder = {"NEON", find<NeonBlock>, count_newlines<NeonBlock>};

}  // namespace mountplan::table
#endif
