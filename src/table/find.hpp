// SPDX-License-Identifier: MIT
// The loop of a Finder (scan.hpp), made of a Block: special() gives one bit for each of the 64 bytes at an address, the first byte lowest;
// newlines() how many there are.
//
// Files that include this may be compiled for processors that others can not be run on. So everything here is the including file's own, and
// nothing is called that it might share with other files.
#pragma once

#include "table/scan.hpp"

namespace mountplan::table {

namespace {

// Number of the lowest bit. Where there is none it is not used, but must not cost a branch.
[[gnu::always_inline]] inline uint32_t lowest(uint64_t mask) {
#if defined(__BMI__) && defined(__x86_64__)
  return static_cast<uint32_t>(__builtin_ia32_tzcnt_u64(mask));
#else
  return static_cast<uint32_t>(__builtin_ctzll(mask | uint64_t{1} << 63));
#endif
}

// Without the instruction, which not every processor has, the builtin is a call.
[[gnu::always_inline]] inline unsigned bits(uint64_t mask) {
#if defined(__POPCNT__)
  return static_cast<unsigned>(__builtin_popcountll(mask));
#else
  mask -= mask >> 1 & 0x5555555555555555;
  mask = (mask & 0x3333333333333333) + (mask >> 2 & 0x3333333333333333);
  mask = (mask + (mask >> 4)) & 0x0f0f0f0f0f0f0f0f;
  return static_cast<unsigned>(mask * 0x0101010101010101 >> 56);
#endif
}

// The places in several blocks are written down at once: how many a block has can not be foreseen, so a loop that ends there, or a test for
// the end of a block at each byte, would make the processor guess wrong in most blocks.
template <typename Block>
unsigned find(const char *text, size_t size, size_t &at, uint32_t *places, unsigned most) {
  constexpr unsigned usual = 6;  // these are written without looking how many there are
  static_assert(usual <= find_slack && block_size <= find_slack);
  size_t block = at;
  unsigned found = 0;
  while (found < most && block < size) {
    uint64_t mask = Block::special(text + block);
    const unsigned count = bits(mask);
    uint32_t *const to = places + found;
    const auto write = [&](unsigned i) {
      to[i] = static_cast<uint32_t>(block) + lowest(mask);
      mask &= mask - 1;
    };
    write(0), write(1), write(2), write(3), write(4), write(5);
    for (unsigned i = usual; i < count; i++) {
      write(i);
    }
    found += count;
    block += block_size;
  }
  at = block;
  return found;
}

template <typename Block>
size_t count_newlines(const char *text, size_t size) {
  size_t lines = 0;
  for (size_t at = 0; at < size; at += block_size) {
    lines += Block::newlines(text + at);
  }
  return lines;
}

}  // namespace

}  // namespace mountplan::table
