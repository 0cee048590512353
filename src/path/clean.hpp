// SPDX-License-Identifier: MIT
// Paths as text: lexical cleaning and prefixes by component. Nothing here looks at a file system.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace mountplan::path {

// Cleans an absolute path: one slash between components, no `.`, no `..` (which stops at the root), no slash at the end.
// `out` takes path.size() + 1 bytes, at least 2, and may be the path itself. Returns the length, without the NUL that is written.
size_t clean(std::string_view path, char *out);

// Whether `path` is `prefix` or lies beneath it, component by component: /a is a prefix of /a and /a/b, not of /ab.
inline bool has_prefix(std::string_view path, std::string_view prefix) {
  if (path.size() < prefix.size() || memcmp(path.data(), prefix.data(), prefix.size()) != 0) {
    return false;
  }
  return path.size() == prefix.size() || prefix.empty() || prefix.back() == '/' || path[prefix.size()] == '/';
}

}  // namespace mountplan::path
