// SPDX-License-Identifier: MIT
// main() of benchmarks on real mounts.
#include <benchmark/benchmark.h>

#include "world.hpp"

int main(int argc, char **argv) {
  mountplan::bench::enter_world();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
