// SPDX-License-Identifier: MIT
// From start to end of a sandbox that runs a program which does nothing, with more and more mounts on the host: `mountplan run` and
// bubblewrap, each given the same options. BENCH_MOUNTPLAN in the environment is the command.
#include <benchmark/benchmark.h>
#include <spawn.h>
#include <sys/wait.h>

#include <vector>

#include "world.hpp"

namespace {

using mountplan::bench::ExtraMounts;

const char *const whole[] = {"--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--unshare-pid"};
const char *const programs[] = {"--ro-bind", "/usr", "/usr",      "--symlink", "usr/bin",      "/bin",    "--symlink",
                                "usr/lib",   "/lib", "--symlink", "usr/lib64", "/lib64",       "--tmpfs", "/tmp",
                                "--dev",     "/dev", "--proc",    "/proc",     "--unshare-pid"};

template <size_t n>
void run(benchmark::State &state, bool peer, const char *const (&options)[n]) {
  const char *const ours = getenv("BENCH_MOUNTPLAN");
  if (!peer && ours == nullptr) {
    state.SkipWithError("BENCH_MOUNTPLAN is not set");
    return;
  }
  std::vector<const char *> argv = {peer ? "bwrap" : ours};
  if (!peer) {
    argv.push_back("run");
  }
  argv.insert(argv.end(), options, options + n);
  argv.insert(argv.end(), {"/usr/bin/true", nullptr});
  const ExtraMounts extra(static_cast<size_t>(state.range(0)) + 1);
  for (auto _ : state) {
    pid_t pid;
    int status = -1;
    if (posix_spawnp(&pid, argv[0], nullptr, nullptr, const_cast<char *const *>(argv.data()), environ) != 0 ||
        waitpid(pid, &status, 0) != pid || status != 0) {
      state.SkipWithError("it failed");
      break;
    }
  }
}

#define BENCH_RUN(name, peer, options) \
  BENCHMARK_CAPTURE(run, name, peer, options)->Unit(benchmark::kMillisecond)->UseRealTime()->Arg(0)->Arg(1000)->Arg(3000)

BENCH_RUN(mountplan / whole, false, whole)->Name("run/mountplan/whole");
BENCH_RUN(bwrap / whole, true, whole)->Name("run/bwrap/whole");
BENCH_RUN(mountplan / programs, false, programs)->Name("run/mountplan/programs");
BENCH_RUN(bwrap / programs, true, programs)->Name("run/bwrap/programs");

}  // namespace

int main(int argc, char **argv) {
  mountplan::bench::enter_world();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
