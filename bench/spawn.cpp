// SPDX-License-Identifier: MIT
// mplan_spawn_start() until it returns, which is when the program was executed; beside it the floor, a program started without a sandbox.
#include <benchmark/benchmark.h>
#include <mountplan/mountplan.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>

#include "replay/sandbox_plan.hpp"
#include "world.hpp"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

void sandboxed(benchmark::State &state, uint64_t namespaces, uint64_t flags) {
  replay::Plan plan;
  replay::sandbox_of_twenty_ops(plan);
  mplan_spawn *spawn = nullptr;
  const char *const argv[] = {"/usr/bin/true"};
  mountplan::bench::must(mplan_spawn_new(&spawn, nullptr) == 0 && mplan_spawn_set_argv(spawn, argv, 1, nullptr) == 0 &&
                             mplan_spawn_set_namespaces(spawn, namespaces, nullptr) == 0 &&
                             mplan_spawn_set_flags(spawn, flags, nullptr) == 0,
                         "spawn");
  for (auto _ : state) {
    mplan_process *process = nullptr;
    mplan_error *error = nullptr;
    const Clock::time_point start = Clock::now();
    if (mplan_spawn_start(spawn, plan.get(), nullptr, 0, &process, &error) < 0) {
      state.SkipWithError(mplan_error_message(error));
      mplan_error_free(error);
      break;
    }
    state.SetIterationTime(seconds_since(start));
    struct mplan_exit end;
    mplan_process_wait(process, &end, sizeof end, nullptr);
    mplan_process_free(process);
  }
  mplan_spawn_free(spawn);
}

void bare(benchmark::State &state) {
  for (auto _ : state) {
    char program[] = "/usr/bin/true";
    char *const argv[] = {program, nullptr};
    pid_t pid;
    const Clock::time_point start = Clock::now();
    mountplan::bench::must(posix_spawn(&pid, program, nullptr, nullptr, argv, environ) == 0, "posix_spawn");
    state.SetIterationTime(seconds_since(start));
    waitpid(pid, nullptr, 0);
  }
}

BENCHMARK(bare)->Name("spawn/bare")->UseManualTime();
BENCHMARK_CAPTURE(sandboxed, mount, 0, 0)->Name("spawn/mount")->UseManualTime();
BENCHMARK_CAPTURE(sandboxed, unverified, 0, MPLAN_SPAWN_NO_VERIFY)->Name("spawn/mount_unverified")->UseManualTime();
BENCHMARK_CAPTURE(sandboxed, user_pid, MPLAN_NAMESPACE_USER | MPLAN_NAMESPACE_PID, 0)->Name("spawn/user_pid")->UseManualTime();

}  // namespace
