// SPDX-License-Identifier: MIT
// Memory that is freed as a whole and whose addresses never move: for the strings of plans and programs.
#pragma once

#include <cstddef>
#include <string_view>

namespace mountplan::base {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena &) = delete;
  Arena &operator=(const Arena &) = delete;
  ~Arena();

  // NULL when memory is out. Aligned for any type.
  void *allocate(size_t size);
  // A NUL-terminated copy; NULL when memory is out.
  char *copy(std::string_view text);
  // A NUL-terminated copy of both parts in a row; NULL when memory is out.
  char *join(std::string_view first, std::string_view second);

 private:
  struct Block;
  Block *last_ = nullptr;
};

}  // namespace mountplan::base
