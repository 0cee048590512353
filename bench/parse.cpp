// SPDX-License-Identifier: MIT
// Parsing mountinfo text: time per mount, and memory of table and tree per byte of text. libmount reads the same bytes.
#include <benchmark/benchmark.h>

#include <vector>

#include "generate.hpp"
#include "table/parse.hpp"
#include "table/read.hpp"
#include "tree/tree.hpp"

#ifdef HAVE_LIBMOUNT
#include <libmount.h>
#endif

using mountplan::bench::generate;
using mountplan::bench::Shape;

namespace {

void parse(benchmark::State &state, Shape shape) {
  const auto count = static_cast<size_t>(state.range(0));
  const std::string text = generate(shape, count, 1);
  for (auto _ : state) {
    mountplan::table::Memory memory;
    mountplan::table::Table table(memory);
    mountplan::base::Failure failure;
    if (mountplan::table::parse(text, {}, table, failure) < 0) {
      state.SkipWithError(failure.detail);
      break;
    }
    benchmark::DoNotOptimize(table.entries.data());
  }
  using benchmark::Counter;
  state.counters["per_mount"] = Counter(static_cast<double>(count), Counter::kIsIterationInvariantRate | Counter::kInvert);
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * static_cast<int64_t>(text.size()));

  // What table and tree take at most, their scratch memory included: the smallest region they fit in.
  std::vector<char> region(mountplan::table::region_size(text.size(), count));
  size_t low = text.size();
  size_t high = region.size();
  while (high - low > text.size() / 200 + 64) {
    const size_t middle = low + (high - low) / 2;
    mountplan::table::Memory memory(region.data(), middle);
    mountplan::table::Table table(memory);
    mountplan::tree::Tree tree(memory);
    mountplan::base::Failure failure;
    const bool fits =
        mountplan::table::parse(text, {}, table, failure) == 0 && mountplan::tree::unfold(table, nullptr, 0, tree, failure) == 0;
    (fits ? high : low) = middle;
  }
  state.counters["memory_per_text"] = static_cast<double>(high) / static_cast<double>(text.size());
}

#ifdef HAVE_LIBMOUNT
void libmount(benchmark::State &state, Shape shape) {
  const auto count = static_cast<size_t>(state.range(0));
  std::string text = generate(shape, count, 1);
  for (auto _ : state) {
    FILE *file = fmemopen(text.data(), text.size(), "r");
    struct libmnt_table *table = mnt_new_table();
    if (mnt_table_parse_stream(table, file, "mountinfo") != 0 || mnt_table_get_nents(table) != static_cast<int>(count)) {
      state.SkipWithError("libmount did not read it");
    }
    mnt_unref_table(table);
    fclose(file);
  }
  using benchmark::Counter;
  state.counters["per_mount"] = Counter(static_cast<double>(count), Counter::kIsIterationInvariantRate | Counter::kInvert);
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * static_cast<int64_t>(text.size()));
}
#endif

const int registered = [] {
  for (const Shape shape : {Shape::flat, Shape::chain, Shape::tree}) {
    const std::string name = mountplan::bench::shape_name(shape);
    benchmark::RegisterBenchmark(("parse/" + name).c_str(), parse, shape)->RangeMultiplier(10)->Range(100, 100000);
#ifdef HAVE_LIBMOUNT
    benchmark::RegisterBenchmark(("libmount/" + name).c_str(), libmount, shape)->RangeMultiplier(10)->Range(100, 100000);
#endif
  }
  return 0;
}();

}  // namespace
