// SPDX-License-Identifier: MIT
// Octal escapes, see octal.hpp.
#include "path/octal.hpp"

#include <cstring>

namespace mountplan::path {

namespace {

// The byte that the escape at `text` stands for; 0 where there is no escape.
unsigned escaped_byte(const char *text, size_t left) {
  if (left < 4) {
    return 0;
  }
  const auto high = static_cast<unsigned>(text[1] - '0');
  const auto middle = static_cast<unsigned>(text[2] - '0');
  const auto low = static_cast<unsigned>(text[3] - '0');
  return high <= 3 && middle <= 7 && low <= 7 ? high * 64 + middle * 8 + low : 0;
}

}  // namespace

size_t unescape(char *text, size_t length) {
  auto *from = static_cast<char *>(memchr(text, '\\', length));
  if (from == nullptr) {
    return length;
  }
  char *const end = text + length;
  char *to = from;
  while (from < end) {
    const unsigned byte = *from == '\\' ? escaped_byte(from, static_cast<size_t>(end - from)) : 0;
    if (byte != 0) {
      *to++ = static_cast<char>(byte);
      from += 4;
    } else {
      *to++ = *from++;
    }
  }
  return static_cast<size_t>(to - text);
}

}  // namespace mountplan::path
