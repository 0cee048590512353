// SPDX-License-Identifier: MIT
// Which ways of finding bytes this machine has.
#include "table/finder_list.hpp"

// glibc has asked the processor before anything was loaded, and tells (2.34 and later): asking again costs microseconds in a virtual
// machine, where CPUID ends in the hypervisor.
#if defined(MOUNTPLAN_AVX2) && __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>
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

#if defined(CPU_FEATURE_ACTIVE)
constexpr const Finder *with_avx2[] = {&portable_finder, &sse2_finder, &avx2_finder, nullptr};

bool has_avx2() { return CPU_FEATURE_ACTIVE(AVX2) && CPU_FEATURE_ACTIVE(BMI1) && CPU_FEATURE_ACTIVE(BMI2) && CPU_FEATURE_ACTIVE(POPCNT); }
#endif

}  // namespace

const Finder *const *finders() {
#if defined(CPU_FEATURE_ACTIVE)
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
