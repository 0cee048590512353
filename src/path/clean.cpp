// SPDX-License-Identifier: MIT
// Lexical cleaning of absolute paths, see clean.hpp.
#include "path/clean.hpp"

#include <cstring>

namespace mountplan::path {

size_t clean(std::string_view path, char *out) {
  const char *from = path.data();
  const char *const end = from + path.size();
  size_t length = 0;
  while (from < end) {
    while (from < end && *from == '/') {
      from++;
    }
    const char *const name = from;
    while (from < end && *from != '/') {
      from++;
    }
    const auto size = static_cast<size_t>(from - name);
    if (size == 0 || (size == 1 && name[0] == '.')) {
      continue;
    }
    if (size == 2 && name[0] == '.' && name[1] == '.') {
      while (length > 0 && out[--length] != '/') {
      }
      continue;
    }
    // What is written never passes what was read, so cleaning in place is safe.
    out[length++] = '/';
    memmove(out + length, name, size);
    length += size;
  }
  if (length == 0) {
    out[length++] = '/';
  }
  out[length] = '\0';
  return length;
}

}  // namespace mountplan::path
