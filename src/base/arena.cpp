// SPDX-License-Identifier: MIT
#include "base/arena.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace mountplan::base {

struct Arena::Block {
  Block *before;
  size_t used;
  size_t size;
};

namespace {
constexpr size_t alignment = alignof(max_align_t);
constexpr size_t usual_block = 4096;
constexpr size_t align_up(size_t size) { return (size + alignment - 1) / alignment * alignment; }
}  // namespace

Arena::~Arena() {
  while (last_ != nullptr) {
    Block *before = last_->before;
    free(last_);
    last_ = before;
  }
}

void *Arena::allocate(size_t size) {
  constexpr size_t header = align_up(sizeof(Block));
  if (size > SIZE_MAX / 2) {
    return nullptr;
  }
  size = align_up(size);
  if (last_ == nullptr || last_->size - last_->used < size) {
    size_t block_size = header + size > usual_block ? header + size : usual_block;
    auto *block = static_cast<Block *>(malloc(block_size));
    if (block == nullptr) {
      return nullptr;
    }
    *block = Block{last_, header, block_size};
    last_ = block;
  }
  void *result = reinterpret_cast<char *>(last_) + last_->used;
  last_->used += size;
  return result;
}

char *Arena::copy(std::string_view text) { return join(text, {}); }

char *Arena::join(std::string_view first, std::string_view second) {
  auto *result = static_cast<char *>(allocate(first.size() + second.size() + 1));
  if (result != nullptr) {
    memcpy(result, first.data(), first.size());
    if (!second.empty()) {
      memcpy(result + first.size(), second.data(), second.size());
    }
    result[first.size() + second.size()] = '\0';
  }
  return result;
}

}  // namespace mountplan::base
