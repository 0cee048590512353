// SPDX-License-Identifier: MIT
// Reading a namespace with real mounts: the library (read, parse, unfold), a bare loop of read(2) over the same file, and statmount(2).
#include <benchmark/benchmark.h>
#include <fcntl.h>

#include <vector>

#include "kernel/kernel.hpp"
#include "rate.hpp"
#include "table/read.hpp"
#include "tree/tree.hpp"
#include "world.hpp"

namespace {

using mountplan::bench::ExtraMounts;

void read_by(benchmark::State &state, uint64_t flags) {
  const ExtraMounts extra(static_cast<size_t>(state.range(0)));
  size_t count = 0;
  for (auto _ : state) {
    mountplan::table::Memory memory;
    mountplan::table::Table table(memory);
    mountplan::tree::Tree tree(memory);
    mountplan::base::Failure failure;
    if (mountplan::table::read_self_by(mountplan::kernel::live, flags, {}, table, failure) < 0 ||
        mountplan::tree::unfold(table, nullptr, 0, tree, failure) < 0) {
      state.SkipWithError(failure.call);
      break;
    }
    count = tree.count();
  }
  mountplan::bench::report_per_mount(state, count);
}

void text(benchmark::State &state) { read_by(state, 0); }
void statmount(benchmark::State &state) { read_by(state, MPLAN_TABLE_READ_STATMOUNT); }

void bare_read(benchmark::State &state) {
  const auto count = static_cast<size_t>(state.range(0));
  const ExtraMounts extra(count);
  std::vector<char> buffer(1 << 16);
  for (auto _ : state) {
    const int fd = open("/proc/thread-self/mountinfo", O_RDONLY | O_CLOEXEC);
    while (read(fd, buffer.data(), buffer.size()) > 0) {
    }
    close(fd);
  }
  mountplan::bench::report_per_mount(state, count);
}

BENCHMARK(bare_read)->Name("live/read")->RangeMultiplier(10)->Range(100, 10000);
BENCHMARK(text)->Name("live/text")->RangeMultiplier(10)->Range(100, 10000);
BENCHMARK(statmount)->Name("live/statmount")->RangeMultiplier(10)->Range(100, 10000);

}  // namespace
