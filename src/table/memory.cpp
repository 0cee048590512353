// SPDX-License-Identifier: MIT
// Memory from malloc(3) or from a region, see memory.hpp.
#include "table/memory.hpp"

#include <cstdlib>
#include <cstring>

namespace mountplan::table {

namespace {
constexpr size_t alignment = alignof(max_align_t);
constexpr size_t align_up(size_t size) { return (size + alignment - 1) / alignment * alignment; }
}  // namespace

Memory::Memory(void *region, size_t size) : top_(static_cast<char *>(region)), end_(top_ + size) {
  const size_t skip = align_up(reinterpret_cast<uintptr_t>(region)) - reinterpret_cast<uintptr_t>(region);
  top_ = skip <= size ? top_ + skip : end_;
}

void *Memory::resize(void *block, size_t old_size, size_t size) {
  if (top_ == nullptr) {
    return realloc(block, size);
  }
  auto *start = static_cast<char *>(block);
  const bool on_top = start != nullptr && start + align_up(old_size) == top_;
  if (start != nullptr && size <= old_size) {
    if (on_top) {
      top_ = start + align_up(size);
    }
    return block;
  }
  char *const result = on_top ? start : top_;
  if (align_up(size) > static_cast<size_t>(end_ - result)) {
    return nullptr;
  }
  if (start != nullptr && !on_top) {
    memcpy(result, start, old_size);
  }
  top_ = result + align_up(size);
  return result;
}

void Memory::release(void *block, size_t size) {
  if (top_ == nullptr) {
    free(block);
  } else if (auto *start = static_cast<char *>(block); start != nullptr && start + align_up(size) == top_) {
    top_ = start;
  }
}

}  // namespace mountplan::table
