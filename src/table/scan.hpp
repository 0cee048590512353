// SPDX-License-Identifier: MIT
// Finding the bytes that may mean something in mountinfo text: space, newline and NUL, with them all others up to the space, and backslash.
// This is the part of parsing that depends on the machine; what the bytes mean is decided in lines.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mountplan::table {

// Text is read in whole blocks: a buffer must be readable up to the next multiple of this.
constexpr size_t block_size = 64;

// More special bytes than `most` that find() may write down: it ends with a block, and writes some places ahead of what it has found.
constexpr unsigned find_slack = block_size;

// A way of finding them. `size` is always that of whole blocks, less than 4 GiB.
struct Finder {
  const char *name;
  // Writes the places of special bytes, ascending, from `at` on, which it moves to the first block that was not looked at: at least `most`,
  // or all there are. Returns how many. `places` has room for most + find_slack.
  unsigned (*find)(const char *text, size_t size, size_t &at, uint32_t *places, unsigned most);
  size_t (*count_newlines)(const char *text, size_t size);
};

// The ways there are on this machine, NULL behind the last; the first needs nothing, the last is the fastest. No system call, nothing that
// is slow in a virtual machine, async-signal-safe.
const Finder *const *finders();
const Finder &best_finder();

// Walks from one special byte to the next. The caller may change bytes before the position it was given, never after.
class Scanner {
 public:
  Scanner(const Finder &finder, const char *text, size_t size) : finder_(finder), text_(text), size_(size) {}

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

  static constexpr unsigned most_ahead = 512;

 private:
  [[gnu::noinline]] void look() {
    const unsigned left = found_ - taken_;
    memmove(places_, places_ + taken_, left * sizeof(uint32_t));
    found_ = left + finder_.find(text_, size_, at_, places_ + left, most_ahead - left);
    taken_ = 0;
  }

  const Finder &finder_;
  const char *text_;
  size_t size_;
  size_t at_ = 0;  // of the block to look at next
  unsigned taken_ = 0;
  unsigned found_ = 0;
  uint32_t places_[most_ahead + find_slack];
};

}  // namespace mountplan::table
