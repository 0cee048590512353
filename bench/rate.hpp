// SPDX-License-Identifier: MIT
// What every benchmark over tables reports: seconds per mount.
#pragma once

#include <benchmark/benchmark.h>

namespace mountplan::bench {

inline void report_per_mount(benchmark::State &state, size_t mounts) {
  using benchmark::Counter;
  state.counters["per_mount"] = Counter(static_cast<double>(mounts), Counter::kIsIterationInvariantRate | Counter::kInvert);
}

}  // namespace mountplan::bench
