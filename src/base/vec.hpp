// SPDX-License-Identifier: MIT
// A growing array of trivially copyable values on malloc(3). The library can not use std::vector: it needs libstdc++ and
// reports a failed allocation by an exception. Here push() and reserve() return false, and nothing is lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <type_traits>

namespace mountplan::base {

template <typename T>
class Vec {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Vec() = default;
  Vec(const Vec &) = delete;
  Vec &operator=(const Vec &) = delete;
  Vec(Vec &&other) noexcept : data_(other.data_), size_(other.size_), capacity_(other.capacity_) { other.forget(); }
  Vec &operator=(Vec &&other) noexcept {
    if (this != &other) {
      free(data_);
      data_ = other.data_;
      size_ = other.size_;
      capacity_ = other.capacity_;
      other.forget();
    }
    return *this;
  }
  ~Vec() { free(data_); }

  [[nodiscard]] bool reserve(size_t capacity) {
    if (capacity <= capacity_) {
      return true;
    }
    if (capacity > SIZE_MAX / sizeof(T)) {
      return false;
    }
    void *grown = realloc(static_cast<void *>(data_), capacity * sizeof(T));
    if (grown == nullptr) {
      return false;
    }
    data_ = static_cast<T *>(grown);
    capacity_ = capacity;
    return true;
  }
  [[nodiscard]] bool push(const T &value) {
    T copy = value;  // `value` may lie in this array
    if (size_ == capacity_ && !reserve(capacity_ < 8 ? 16 : capacity_ + capacity_ / 2)) {
      return false;
    }
    data_[size_++] = copy;
    return true;
  }
  // push() into what was reserved: false instead of growing. For what runs where nothing may be allocated.
  [[nodiscard]] bool append(const T &value) {
    if (size_ == capacity_) {
      return false;
    }
    data_[size_++] = value;
    return true;
  }
  void pop() { --size_; }
  void truncate(size_t size) { size_ = size; }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T *data() { return data_; }
  const T *data() const { return data_; }
  T &operator[](size_t i) { return data_[i]; }
  const T &operator[](size_t i) const { return data_[i]; }
  T &back() { return data_[size_ - 1]; }
  T *begin() { return data_; }
  T *end() { return data_ + size_; }
  const T *begin() const { return data_; }
  const T *end() const { return data_ + size_; }

 private:
  void forget() {
    data_ = nullptr;
    size_ = capacity_ = 0;
  }

  T *data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace mountplan::base
