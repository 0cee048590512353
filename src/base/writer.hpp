// SPDX-License-Identifier: MIT
// Formatting into a fixed buffer. Async-signal-safe, always NUL-terminated; what does not fit is cut off and counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mountplan::base {

class Writer {
 public:
  // The buffer is made empty; with size 0 nothing is written, only counted.
  Writer(char *buffer, size_t size);

  Writer &text(std::string_view part);
  Writer &character(char c) { return text(std::string_view(&c, 1)); }
  Writer &number(int64_t value);
  Writer &unsigned_number(uint64_t value);
  Writer &octal(uint64_t value);  // with a leading 0
  Writer &hex(uint64_t value);    // with a leading 0x
  // Double quotes around, control characters and quotes escaped: one line whatever the bytes.
  Writer &quoted(std::string_view part);

  // Length the whole text has, like snprintf(3): more than the buffer's when it was cut off.
  size_t length() const { return length_; }
  bool cut() const { return length_ >= size_; }

 private:
  Writer &digits(uint64_t value, unsigned base);

  char *buffer_;
  size_t size_;
  size_t length_ = 0;
};

}  // namespace mountplan::base
