// SPDX-License-Identifier: MIT
// new and delete without libstdc++: objects on malloc(3), NULL when memory is out.
#pragma once

#include <cstdlib>
#include <new>
#include <utility>

namespace mountplan::base {

template <typename T, typename... Args>
T *make(Args &&...args) {
  void *memory = malloc(sizeof(T));
  return memory == nullptr ? nullptr : new (memory) T(std::forward<Args>(args)...);
}

template <typename T>
void destroy(T *object) {
  if (object != nullptr) {
    object->~T();
    free(object);
  }
}

// Owns an object made by make().
template <typename T>
class Owned {
 public:
  explicit Owned(T *object) : object_(object) {}
  Owned(const Owned &) = delete;
  Owned &operator=(const Owned &) = delete;
  ~Owned() { destroy(object_); }
  T *get() const { return object_; }
  T *operator->() const { return object_; }
  T &operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }
  T *release() { return std::exchange(object_, nullptr); }

 private:
  T *object_;
};

}  // namespace mountplan::base
