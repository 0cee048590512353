// SPDX-License-Identifier: MIT
// Decoding what a mount's options and optional fields say, for every mount of a table.
#include <benchmark/benchmark.h>

#include "generate.hpp"
#include "rate.hpp"
#include "table/options.hpp"
#include "table/parse.hpp"

namespace {

void decode(benchmark::State &state, mountplan::bench::Shape shape) {
  constexpr size_t count = 10000;
  mountplan::table::Memory memory;
  mountplan::table::Table table(memory);
  mountplan::base::Failure failure;
  if (mountplan::table::parse(mountplan::bench::generate(shape, count, 1), {}, table, failure) < 0) {
    state.SkipWithError(failure.detail);
  }
  for (auto _ : state) {
    uint64_t all = 0;
    for (size_t i = 0; i < count; i++) {
      all |= mountplan::table::attributes(table.string(table.entries[i].options));
      all |= mountplan::table::peers(table.string(table.entries[i].optional)).propagation;
    }
    benchmark::DoNotOptimize(all);
  }
  mountplan::bench::report_per_mount(state, count);
}

BENCHMARK_CAPTURE(decode, host, mountplan::bench::Shape::host)->Name("options/host");
BENCHMARK_CAPTURE(decode, desktop, mountplan::bench::Shape::desktop)->Name("options/desktop");

}  // namespace
