// SPDX-License-Identifier: MIT
// Parsing mountinfo text to entries, with and without SIMD, and the memory of table and tree per byte of text. libmount reads the same
// bytes.
#include <benchmark/benchmark.h>

#include <vector>

#include "generate.hpp"
#include "rate.hpp"
#include "table/parse.hpp"
#include "table/read.hpp"
#include "table/scan.hpp"
#include "tree/tree.hpp"

#ifdef HAVE_LIBMOUNT
#include <libmount.h>
#endif

using mountplan::bench::generate;
using mountplan::bench::Shape;
namespace table = mountplan::table;

namespace {

// What table and tree take at most, their scratch memory included: the smallest region they fit in.
double memory_per_text(const std::string &text, size_t count) {
  std::vector<char> region(table::region_size(text.size(), count));
  size_t low = text.size();
  size_t high = region.size();
  while (high - low > text.size() / 200 + 64) {
    const size_t middle = low + (high - low) / 2;
    table::Memory memory(region.data(), middle);
    table::Table table(memory);
    mountplan::tree::Tree tree(memory);
    mountplan::base::Failure failure;
    const bool fits = table::parse(text, {}, table, failure) == 0 && mountplan::tree::unfold(table, nullptr, 0, tree, failure) == 0;
    (fits ? high : low) = middle;
  }
  return static_cast<double>(high) / static_cast<double>(text.size());
}

// As table::parse() does it: a copy of the text, parsed in place.
int parse_with(const table::Finder &finder, const std::string &text, table::Table &table, mountplan::base::Failure &failure) {
  if (!table.text.resize(table::padded(text.size()))) {
    return -ENOMEM;
  }
  memcpy(table.text.data(), text.data(), text.size());
  table.length = text.size();
  return table::parse_in_place_with(finder, {}, table, failure);
}

int parse(const std::string &text, table::Table &table, mountplan::base::Failure &failure) {
  return table::parse(text, {}, table, failure);
}

int parse_portably(const std::string &text, table::Table &table, mountplan::base::Failure &failure) {
  return parse_with(**table::finders(), text, table, failure);
}

using Parse = int (*)(const std::string &text, table::Table &table, mountplan::base::Failure &failure);

void ours(benchmark::State &state, Shape shape, Parse parser) {
  const auto count = static_cast<size_t>(state.range(0));
  const std::string text = generate(shape, count, 1);
  for (auto _ : state) {
    table::Memory memory;
    table::Table table(memory);
    mountplan::base::Failure failure;
    if (parser(text, table, failure) < 0 || table.count() != count) {
      state.SkipWithError(failure.detail);
      break;
    }
    benchmark::DoNotOptimize(table.entries.data());
  }
  mountplan::bench::report_per_mount(state, count);
  state.counters["memory_per_text"] = memory_per_text(text, count);
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
  mountplan::bench::report_per_mount(state, count);
}
#endif

template <typename... Arguments>
void add(const char *name, Shape shape, Arguments... arguments) {
  benchmark::RegisterBenchmark((std::string(name) + "/" + mountplan::bench::shape_name(shape)).c_str(), arguments...)
      ->RangeMultiplier(10)
      ->Range(100, 100000);
}

const int registered = [] {
  for (const Shape shape : mountplan::bench::all_shapes) {
    add("parse", shape, ours, shape, parse);
    add("scalar", shape, ours, shape, parse_portably);
#ifdef HAVE_LIBMOUNT
    add("libmount", shape, libmount, shape);
#endif
  }
  return 0;
}();

}  // namespace
