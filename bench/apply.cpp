// SPDX-License-Identifier: MIT
// Preparing and applying plans, by backend, each time in a new mount namespace of a child: how long, and with how many system calls.
#include <benchmark/benchmark.h>
#include <sys/wait.h>

#include <chrono>

#include "calls.hpp"
#include "capi/handle.hpp"
#include "engine/engine.hpp"
#include "replay/sandbox_plan.hpp"
#include "world.hpp"

namespace engine = mountplan::engine;

namespace {

using mountplan::bench::CallCounter;
using mountplan::bench::ExtraMounts;

struct Seen {
  double prepare;
  double apply;
  CallCounter calls;
  int result;
};

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

Seen prepare_and_apply(const replay::Plan &plan, uint32_t backend) {
  Seen seen = {};
  engine::Options options;
  options.backend = backend;
  options.flags = MPLAN_PREPARE_PIVOT;
  const mountplan::kernel::Kernel kernel = seen.calls.kernel();
  engine::Program *program = nullptr;
  mountplan::base::Failure failure;
  const double start = now();
  seen.result = engine::prepare(plan.get()->plan, options, kernel, &program, failure);
  const double prepared = now();
  if (seen.result >= 0) {
    seen.result = engine::apply(*program, kernel, failure);
  }
  seen.prepare = prepared - start;
  seen.apply = now() - prepared;
  return seen;
}

Seen in_a_child(const replay::Plan &plan, uint32_t backend) {
  int ends[2];
  mountplan::bench::must(pipe(ends) == 0, "pipe");
  const pid_t child = fork();
  if (child == 0) {
    Seen seen = {};
    seen.result = unshare(CLONE_NEWNS) == 0 ? 0 : -errno;
    if (seen.result == 0) {
      seen = prepare_and_apply(plan, backend);
    }
    _exit(write(ends[1], &seen, sizeof seen) == static_cast<ssize_t>(sizeof seen) ? 0 : 1);
  }
  close(ends[1]);
  Seen seen = {};
  seen.result = -EIO;
  if (read(ends[0], &seen, sizeof seen) != static_cast<ssize_t>(sizeof seen)) {
    seen.result = -EIO;
  }
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return seen;
}

void measure(benchmark::State &state, const replay::Plan &plan, uint32_t backend, double Seen::*what) {
  Seen seen = {};
  for (auto _ : state) {
    seen = in_a_child(plan, backend);
    if (seen.result < 0) {
      state.SkipWithError(strerror(-seen.result));
      break;
    }
    state.SetIterationTime(seen.*what);
  }
  state.counters["calls"] = static_cast<double>(seen.calls.all);
  state.counters["fewest"] = replay::fewest_calls;
  state.counters["reads"] = static_cast<double>(seen.calls.reads);
}

void sandbox(benchmark::State &state, uint32_t backend, double Seen::*what) {
  replay::Plan plan;
  replay::sandbox_of_twenty_ops(plan);
  measure(state, plan, backend, what);
}

// One read-only bind of a tree with many mounts in it.
void tree(benchmark::State &state, uint32_t backend) {
  const ExtraMounts extra(static_cast<size_t>(state.range(0)));
  replay::Plan plan;
  plan.add(mplan_plan_bind, (std::string(mountplan::bench::scratch) + "/extra").c_str(), "/extra", 0);
  measure(state, plan, backend, &Seen::apply);
}

const int registered = [] {
  for (const uint32_t backend : {MPLAN_BACKEND_DETACHED, MPLAN_BACKEND_FD, MPLAN_BACKEND_CLASSIC}) {
    const std::string name = mplan_backend_name(backend);
    benchmark::RegisterBenchmark(("prepare/" + name).c_str(), sandbox, backend, &Seen::prepare)->UseManualTime();
    benchmark::RegisterBenchmark(("apply/" + name).c_str(), sandbox, backend, &Seen::apply)->UseManualTime();
    benchmark::RegisterBenchmark(("bind_tree/" + name).c_str(), tree, backend)->UseManualTime()->RangeMultiplier(10)->Range(10, 1000);
  }
  return 0;
}();

}  // namespace
