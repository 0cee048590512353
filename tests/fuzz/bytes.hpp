// SPDX-License-Identifier: MIT
// The input of a harness, taken bit by bit. When it is used up, everything that is taken is zero or empty.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace mountplan::fuzz {

class Bytes {
 public:
  Bytes(const uint8_t *data, size_t size) : left_(reinterpret_cast<const char *>(data), size) {}

  bool empty() const { return left_.empty(); }
  std::string_view rest() const { return left_; }

  template <typename T>
  T number() {
    T value = 0;
    size_t size = left_.size() < sizeof value ? left_.size() : sizeof value;
    memcpy(&value, left_.data(), size);
    left_.remove_prefix(size);
    return value;
  }
  uint8_t byte() { return number<uint8_t>(); }
  size_t below(size_t limit) { return byte() % limit; }
  bool one_in(size_t n) { return below(n) == n - 1; }

  std::string_view text(size_t size) {
    std::string_view taken = left_.substr(0, size);
    left_.remove_prefix(taken.size());
    return taken;
  }
  // Up to the next `end`, which goes with it.
  std::string_view until(char end) {
    size_t size = left_.find(end);
    std::string_view taken = text(size);
    left_.remove_prefix(size == std::string_view::npos ? 0 : 1);
    return taken;
  }

 private:
  std::string_view left_;
};

}  // namespace mountplan::fuzz
