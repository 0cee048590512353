// SPDX-License-Identifier: MIT
// Unfolding a parsed table, the whole forest: time per mount.
#include <benchmark/benchmark.h>

#include "generate.hpp"
#include "rate.hpp"
#include "table/parse.hpp"
#include "tree/tree.hpp"

using mountplan::bench::generate;
using mountplan::bench::Shape;

namespace {

void unfold(benchmark::State &state, Shape shape) {
  const auto count = static_cast<size_t>(state.range(0));
  mountplan::table::Memory table_memory;
  mountplan::table::Table table(table_memory);
  mountplan::base::Failure failure;
  if (mountplan::table::parse(generate(shape, count, 1), {}, table, failure) < 0) {
    state.SkipWithError(failure.detail);
  }
  for (auto _ : state) {
    mountplan::table::Memory memory;
    mountplan::tree::Tree tree(memory);
    if (mountplan::tree::unfold(table, nullptr, 0, tree, failure) < 0 || tree.count() != count) {
      state.SkipWithError(failure.detail);
      break;
    }
    benchmark::DoNotOptimize(tree.nodes.data());
  }
  mountplan::bench::report_per_mount(state, count);
}

const int registered = [] {
  for (const Shape shape : mountplan::bench::all_shapes) {
    benchmark::RegisterBenchmark((std::string("unfold/") + mountplan::bench::shape_name(shape)).c_str(), unfold, shape)
        ->RangeMultiplier(10)
        ->Range(100, 100000);
  }
  return 0;
}();

}  // namespace
