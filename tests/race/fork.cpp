// SPDX-License-Identifier: MIT
// A child of a process whose other threads hold the locks of libc at any moment applies a plan: it never waits for one of them.
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <thread>

#include "race/swap.hpp"

using live::path;

namespace race {
namespace {

constexpr int watchdog = 20;  // seconds

// malloc(3), the environment and the time zone have a lock each.
class Allocators {
 public:
  Allocators() {
    for (int i = 0; i < 4; i++) {
      threads_.emplace_back([this, i] { run(i); });
    }
  }
  Allocators(const Allocators &) = delete;
  Allocators &operator=(const Allocators &) = delete;
  ~Allocators() {
    stop_ = true;
    for (std::thread &thread : threads_) {
      thread.join();
    }
  }

 private:
  void run(int number) {
    std::string name = "MOUNTPLAN_RACE_" + std::to_string(number);
    (void)!nice(19);  // of this thread: it goes on all the time, is interrupted anywhere, and does not keep the children waiting
    for (size_t i = 1; !stop_; i++) {
      void *block = malloc(i % 5000);
      void *larger = realloc(block, 2 * (i % 5000) + 1);
      free(larger);
      setenv(name.c_str(), i % 2 == 0 ? "x" : "a longer value than before", 1);
      time_t now = time(nullptr);
      struct tm parts {};
      localtime_r(&now, &parts);
    }
  }

  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

struct Prepared {
  mplan_prepared *object = nullptr;
  explicit Prepared(const Plan &plan) {
    mplan_prepare_args args = {};
    args.flags = MPLAN_PREPARE_DEFERRED | MPLAN_PREPARE_PIVOT;
    if (mplan_prepare(plan.get(), &args, sizeof args, &object, nullptr) < 0) {
      throw std::runtime_error("prepare");
    }
  }
  Prepared(const Prepared &) = delete;
  Prepared &operator=(const Prepared &) = delete;
  ~Prepared() { mplan_prepared_free(object); }
};

void fill(Plan &plan) {
  live::write_file(path("tree/note"), "a note");
  plan.add(mplan_plan_bind, path("tree"), "/data", 0);
  plan.add(mplan_plan_tmpfs, "/tmp", 0, 01777, 0);
  plan.add(mplan_plan_file, "/note", "text", 4, 0444, 0);
  plan.add(mplan_plan_symlink, "data", "/link", 0);
  plan.add(mplan_plan_mask, "/data/note", 0);
}

// System calls alone, as errno and the stack may be the parent's.
int child(void *prepared) {
  mplan_failure failure;
  bool has_namespace = syscall(SYS_unshare, CLONE_NEWNS) == 0;
  bool applied = has_namespace && mplan_apply_in_child(static_cast<mplan_prepared *>(prepared), &failure, sizeof failure) == 0;
  syscall(SYS_exit_group, applied ? 0 : 1);
  return 1;
}

std::string end_of(pid_t pid) {
  auto fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  struct pollfd ended = {fd, POLLIN, 0};
  bool in_time = poll(&ended, 1, watchdog * 1000) == 1;
  close(fd);
  if (!in_time) {
    kill(pid, SIGKILL);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return !in_time ? "hung" : status == 0 ? "applied" : "wait status " + std::to_string(status);
}

void tell(Round &round, const std::string &end) {
  if (end == "applied") {
    round.saw(end);
  } else {
    round.fail(end);
  }
}

// By turns fork(3), which puts the locks of malloc in order, and the system call, which does not.
void forks(Round &round) {
  Plan plan;
  fill(plan);
  Prepared prepared(plan);
  Allocators allocators;
  for (; round.goes_on(); round.done()) {
    bool bare = round.tried() % 2 == 0;
    auto pid = static_cast<pid_t>(bare ? syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) : fork());
    if (pid == 0) {
      child(prepared.object);
    }
    tell(round, end_of(pid));
  }
}

// The child has the parent's memory, and the parent's thread waits for it. A prepared plan serves one child.
void vforks(Round &round) {
  Plan plan;
  fill(plan);
  Allocators allocators;
  constexpr size_t stack_size = 256 * 1024;
  auto stack = std::make_unique<char[]>(stack_size);
  for (; round.goes_on(); round.done()) {
    Prepared prepared(plan);
    alarm(watchdog);  // this thread can not watch; the signal ends the test
    int pid = clone(child, stack.get() + stack_size, CLONE_VM | CLONE_VFORK | SIGCHLD, prepared.object);
    alarm(0);
    tell(round, end_of(pid));
  }
}

}  // namespace

std::vector<Property> properties() {
  return {
      {"Fork.ChildNeverWaitsForALock", 100000, 100, forks},
      {"Fork.ChildThatSharesMemoryNeverWaitsForALock", 100000, 200, vforks},
  };
}

}  // namespace race
