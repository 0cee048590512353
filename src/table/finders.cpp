// SPDX-License-Identifier: MIT
// Which ways of finding bytes this machine has.
#include "table/finder_list.hpp"

// What glibc has found out of the processor before anything was loaded, 2.33 and later: asking it again costs microseconds in a virtual
// machine, where CPUID ends in the hypervisor. Weak, so that nothing is missed where there is no such function.
#if defined(MOUNTPLAN_AVX2) && __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>
#pragma weak __x86_get_cpuid_feature_leaf
#define ASKS_GLIBC
#endif

namespace mountplan::table {

namespace {

#if defined(__SSE2__)
constexpr const Finder *usual[] = {&portable_finder, &sse2_finder, nullptr};
#elif defined(__aarch64__)
constexpr const Finder *usual[] = {&portable_finder, &neon_finder, nullptr};
#else
constexpr const Finder *usual[] = {&portable_finder, nullptr};
#endif

#if defined(ASKS_GLIBC)
constexpr const Finder *with_avx2[] = {&portable_finder, &sse2_finder, &avx2_finder, nullptr};

bool has_avx2() {
  return &__x86_get_cpuid_feature_leaf != nullptr && CPU_FEATURE_ACTIVE(AVX2) && CPU_FEATURE_ACTIVE(BMI1) && CPU_FEATURE_ACTIVE(BMI2) &&
         CPU_FEATURE_ACTIVE(POPCNT) && CPU_FEATURE_ACTIVE(LZCNT);
}
#endif

}  // namespace

const Finder *const *finders() {
#if defined(ASKS_GLIBC)
  if (has_avx2()) {
    return with_avx2;
  }
#endif
  return usual;
}

const Finder &best_finder() {
  const Finder *const *best = finders();
  while (best[1] != nullptr) {
    best++;
  }
  return **best;
}

}  // namespace mountplan::table
