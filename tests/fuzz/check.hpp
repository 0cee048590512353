// SPDX-License-Identifier: MIT
// How a harness says that something does not hold: with a message and a crash, which the fuzzer keeps as a failure.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <type_traits>

namespace mountplan::fuzz {

[[noreturn]] inline void broken(const char *what, const std::string &found = {}) {
  dprintf(2, "does not hold: %s %s\n", what, found.c_str());  // a harness may have another stderr
  abort();
}

inline void check(bool holds, const char *what) {
  if (!holds) {
    broken(what);
  }
}

template <typename T>
constexpr bool is_text = std::is_convertible_v<T, std::string_view>;

template <typename T>
std::string text_of(const T &value) {
  if constexpr (is_text<T>) {
    return "`" + std::string(std::string_view(value)) + "`";
  } else {
    return std::to_string(value);
  }
}

// The library's answer and the one of the reference.
template <typename T, typename U>
void check_same(const T &library, const U &reference, const char *what) {
  bool same;
  if constexpr (is_text<T>) {
    same = std::string_view(library) == std::string_view(reference);
  } else {
    same = library == reference;
  }
  if (!same) {
    broken(what, ": " + text_of(library) + " instead of " + text_of(reference));
  }
}

}  // namespace mountplan::fuzz
