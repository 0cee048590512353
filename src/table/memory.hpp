// SPDX-License-Identifier: MIT
// Where tables and trees take their memory from: malloc(3), or one region that the caller gives.
//
// A region makes reading, parsing and unfolding async-signal-safe: a pointer moves up in it, nothing else happens, and when it
// is too small the call fails with -ENOMEM. So a child after fork(2) can read its mount table: the region is allocated before.
// Only the block on top of a region can grow in place or be given back; whoever takes several blocks gives them back in reverse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace mountplan::table {

class Memory {
 public:
  Memory() = default;  // malloc(3)
  Memory(void *region, size_t size);
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;

  // Makes a block of `size` bytes of one of `old_size` bytes (NULL and 0 for a new one), contents kept. Aligned for any type.
  // NULL when memory is out; the old block is still there then.
  void *resize(void *block, size_t old_size, size_t size);
  void release(void *block, size_t size);

 private:
  char *top_ = nullptr;  // of the region; NULL for malloc
  char *end_ = nullptr;
};

// An array of plain values on a Memory, which must live longer. Its elements are uninitialised.
template <typename T>
class Array {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit Array(Memory &memory) : memory_(memory) {}
  Array(const Array &) = delete;
  Array &operator=(const Array &) = delete;
  ~Array() { clear(); }

  [[nodiscard]] bool resize(size_t size) {
    if (size == size_) {
      return true;
    }
    if (size == 0) {
      clear();
      return true;
    }
    if (size > SIZE_MAX / 2 / sizeof(T)) {
      return false;
    }
    void *block = memory_.resize(data_, size_ * sizeof(T), size * sizeof(T));
    if (block == nullptr) {
      return false;
    }
    data_ = static_cast<T *>(block);
    size_ = size;
    return true;
  }
  // Fewer elements; can not fail: memory that can not be given back stays.
  void shrink(size_t size) {
    if (!resize(size)) {
      size_ = size;
    }
  }
  void clear() {
    memory_.release(data_, size_ * sizeof(T));
    data_ = nullptr;
    size_ = 0;
  }

  Memory &memory() const { return memory_; }
  size_t size() const { return size_; }
  T *data() { return data_; }
  const T *data() const { return data_; }
  T &operator[](size_t i) { return data_[i]; }
  const T &operator[](size_t i) const { return data_[i]; }

 private:
  Memory &memory_;
  T *data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace mountplan::table
