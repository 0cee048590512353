// SPDX-License-Identifier: MIT
// Commands from start to end, with more and more mounts on the host: `mountplan run` and bubblewrap given the same options and a program
// that does nothing, `mountplan list` and findmnt. BENCH_MOUNTPLAN in the environment is the command.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <vector>

#include "world.hpp"

namespace {

using mountplan::bench::ExtraMounts;
using Words = std::vector<const char *>;

const Words whole = {"--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--unshare-pid", "/usr/bin/true"};
const Words programs = {"--ro-bind", "/usr", "/usr",      "--symlink", "usr/bin",       "/bin",         "--symlink",
                        "usr/lib",   "/lib", "--symlink", "usr/lib64", "/lib64",        "--tmpfs",      "/tmp",
                        "--dev",     "/dev", "--proc",    "/proc",     "--unshare-pid", "/usr/bin/true"};

void command(benchmark::State &state, Words words) {
  words.push_back(nullptr);
  const ExtraMounts extra(static_cast<size_t>(state.range(0)) + 1);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  for (auto _ : state) {
    pid_t pid;
    int status = -1;
    if (posix_spawnp(&pid, words[0], &actions, nullptr, const_cast<char *const *>(words.data()), environ) != 0 ||
        waitpid(pid, &status, 0) != pid || status != 0) {
      state.SkipWithError("it failed");
      break;
    }
  }
  posix_spawn_file_actions_destroy(&actions);
}

void add(const char *name, Words words, const Words &more = {}) {
  words.insert(words.end(), more.begin(), more.end());
  benchmark::RegisterBenchmark(name, command, words)->Unit(benchmark::kMillisecond)->UseRealTime()->Arg(0)->Arg(1000)->Arg(3000);
}

}  // namespace

int main(int argc, char **argv) {
  const char *const mountplan = getenv("BENCH_MOUNTPLAN");
  if (mountplan == nullptr) {
    fputs("BENCH_MOUNTPLAN is not set\n", stderr);
    return 2;
  }
  mountplan::bench::enter_world();
  add("run/mountplan/whole", {mountplan, "run"}, whole);
  add("run/bwrap/whole", {"bwrap"}, whole);
  add("run/mountplan/programs", {mountplan, "run"}, programs);
  add("run/bwrap/programs", {"bwrap"}, programs);
  add("list/mountplan", {mountplan, "list", "-J"});
  add("list/findmnt", {"findmnt", "-J"});
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
