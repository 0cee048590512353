// SPDX-License-Identifier: MIT
// The short way through a line as nearly all are: no escapes, short numbers, few optional fields, no space in the last field, nothing
// wrong. All fields are found at once and none waits for another or for a branch, which makes it fast. What is not such a line is left to
// lines.hpp.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "table/table.hpp"

namespace mountplan::table {

class PlainLine {
 public:
  static constexpr unsigned most_optional = 4;
  // How many special bytes (scan.hpp) have to be known: the ends of ten fields and of the optional ones.
  static constexpr unsigned ahead = 10 + most_optional;

  // The line at `start` of `text`. `ends`: the offsets of the next `ahead` special bytes, ascending, all of them in the text: of both ids,
  // the device, the root, the mount point and the options; then of optional fields; then of the separator, the type, the source and the
  // line.
  PlainLine(char *text, uint32_t start, const uint32_t *ends) : text_(text), start_(start), ends_(ends) {}

  // Fills in the entry, ends its strings and returns how many of the special bytes belong to the line. 0 when it is not a plain line or
  // longer than `most`: then nothing was changed.
  [[gnu::always_inline]] unsigned parse(uint64_t most, Entry &entry) {
    const uint32_t *const separator = find_separator();
    if (separator == nullptr) {
      return 0;
    }
    const uint32_t *const last = separator + 3;
    expect(' ', ends_[0], ends_[1], ends_[2], ends_[3], ends_[4], ends_[5], separator[0], separator[1], separator[2]);
    expect('\n', *last);
    // The numbers are looked at below, and only the source may be empty.
    expect_filled(ends_ + 3, ends_ + 4, ends_ + 5, ends_ + 6, separator + 1, last);
    good_ &= *last - start_ <= most;
    const uint32_t colon = colon_of_device();
    expect(':', colon);
    const Entry found = {number(start_, ends_[0]), number(ends_[0] + 1, ends_[1]), static_cast<uint32_t>(number(ends_[1] + 1, colon)),
                         static_cast<uint32_t>(number(colon + 1, ends_[2])), ends_[2] + 1, ends_[3] + 1, ends_[4] - ends_[3] - 1,
                         ends_[4] + 1,
                         // Without optional fields it is the NUL that ends the options.
                         separator == ends_ + 6 ? ends_[5] : ends_[5] + 1, separator[0] + 1, separator[1] + 1, separator[2] + 1};
    if (!good_) {
      return 0;
    }
    entry = found;
    end_strings(ends_[3], ends_[4], ends_[5], separator[-1], separator[1], separator[2], *last);
    return static_cast<unsigned>(last + 1 - ends_);
  }

 private:
  template <typename... Offset>
  void expect(char byte, Offset... at) {
    ((good_ &= text_[at] == byte), ...);
  }
  template <typename... End>
  void expect_filled(End... end) {
    ((good_ &= end[0] - end[-1] > 1), ...);
  }
  template <typename... Offset>
  void end_strings(Offset... end) {
    ((text_[end] = '\0'), ...);
  }

  // The end of a dash that is alone.
  bool is_separator(const uint32_t *end) const { return (end[0] - end[-1] == 2) & (text_[end[0] - 1] == '-'); }

  // The end of the separator; what is between it and the options are optional fields. NULL when there are too many.
  const uint32_t *find_separator() {
    // None and one are usual, and which it is can not be foreseen: no branch.
    const uint32_t *end = ends_ + 7 - (is_separator(ends_ + 6) ? 1 : 0);
    while (!is_separator(end)) {
      if (end == ends_ + 6 + most_optional) {
        return nullptr;
      }
      expect(' ', end[-1]);
      expect_filled(end);
      end++;
    }
    expect(' ', end[-1]);
    return end;
  }

  // Eight bytes as a number, the first lowest. `at` is at most ends[2] + 1, and behind ends[2] are eight special bytes more: all are text.
  uint64_t eight_bytes(uint32_t at) const {
    static_assert(ahead > 2 + 8);
    uint64_t word;
    memcpy(&word, text_ + at, 8);
    return std::endian::native == std::endian::big ? __builtin_bswap64(word) : word;
  }

  // The first colon of the device; where there is none, or only behind eight digits, any other byte up to its end.
  uint32_t colon_of_device() const {
    const uint32_t start = ends_[1] + 1;
    const uint64_t other = eight_bytes(start) ^ ones * ':';
    const uint64_t found = (other - ones) & ~other & ones << 7;  // the top bit of a byte that is zero; those below the first are right
    return std::min(start + static_cast<uint32_t>(std::countr_zero(found | uint64_t{1} << 63)) / 8, ends_[2]);
  }

  // The worth of one to eight digits, all at once. Not good when it is something else.
  uint64_t number(uint32_t start, uint32_t end) {
    const uint32_t length = end - start;
    good_ &= length - 1 < 8;
    // The last digit to the highest byte, and zeros before the first.
    const uint64_t digits = (eight_bytes(start) ^ ones * '0') << ((64 - 8 * length) & 63);
    good_ &= ((digits | (digits + ones * (0x7f - 9))) & ones << 7) == 0;
    const uint64_t pairs = (digits * 10 + (digits >> 8)) & 0x00ff00ff00ff00ff;
    const uint64_t fours = (pairs * 100 + (pairs >> 16)) & 0x0000ffff0000ffff;
    return (fours * 10000 + (fours >> 32)) & 0xffffffff;
  }

  static constexpr uint64_t ones = 0x0101010101010101;

  char *const text_;
  const uint32_t start_;
  const uint32_t *const ends_;
  bool good_ = true;
};

}  // namespace mountplan::table
