// SPDX-License-Identifier: MIT
// What can not be tested with ThreadSanitizer: it has a thread of its own in every process, and the kernel lets no process that has threads
// enter a new user namespace. Its runtime also makes system calls that a test which forbids them would see.
#pragma once

#include <gtest/gtest.h>

namespace live {

#if defined(__SANITIZE_THREAD__)
constexpr bool is_without_threads = false;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr bool is_without_threads = false;
#else
constexpr bool is_without_threads = true;
#endif
#else
constexpr bool is_without_threads = true;
#endif

constexpr const char *with_threads = "ThreadSanitizer has a thread of its own in every process";

}  // namespace live

#define NEEDS_A_PROCESS_WITHOUT_THREADS   \
  do {                                    \
    if (!live::is_without_threads) {      \
      GTEST_SKIP() << live::with_threads; \
    }                                     \
  } while (false)
