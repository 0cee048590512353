// SPDX-License-Identifier: MIT
// Apply allocates nothing and takes no lock: it runs behind a filter that kills the process for brk(2), mmap(2), mremap(2), munmap(2) and
// futex(2).
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>

#include "fault/run.hpp"
#include "live/harness.hpp"

namespace fault {
namespace {

constexpr unsigned forbidden[] = {SYS_brk, SYS_mmap, SYS_mremap, SYS_munmap, SYS_futex};

bool forbid_memory_calls() {
  constexpr size_t count = std::size(forbidden);
  sock_filter filter[count + 3] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (size_t i = 0; i < count; i++) {
    filter[i + 1] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, forbidden[i], static_cast<uint8_t>(count - i), 0);
  }
  filter[count + 1] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  filter[count + 2] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  sock_fprog program = {static_cast<uint16_t>(std::size(filter)), filter};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

template <typename Body>
int status_of_child(Body body) {
  pid_t child = fork();
  if (child == 0) {
    if (!forbid_memory_calls()) {
      _exit(2);
    }
    _exit(body());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

LIVE_TEST(Filter, KillsWhoAllocates) {
  int status = status_of_child([] {
    mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return 0;
  });
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

LIVE_TEST(ApplyInChild, AllocatesNothing) {
  furnish();
  for (const Reference &reference : plans()) {
    if (reference.root_alone && identity != live::Identity::root) {
      continue;
    }
    for (const Way &way : ways) {
      if (!way.is_usual()) {
        continue;
      }
      Plan plan;
      reference.build(plan);
      mplan_prepare_args args = {};
      args.flags = flags_of(Form::pivot);
      args.backend = way.backend;
      mplan_prepared *prepared = nullptr;
      ASSERT_EQ(mplan_prepare(plan.get(), &args, sizeof args, &prepared, nullptr), 0) << reference.name;
      int status = status_of_child([prepared] {
        mplan_failure failure;
        int result = unshare(CLONE_NEWNS) != 0 ? -errno : mplan_apply_in_child(prepared, &failure, sizeof failure);
        return result == -EOPNOTSUPP ? 3 : result < 0 ? 1 : 0;
      });
      EXPECT_FALSE(WIFSIGNALED(status)) << reference.name << " (" << way.name << ") was killed by signal " << WTERMSIG(status);
      bool cannot = way.backend == MPLAN_BACKEND_CLASSIC && WIFEXITED(status) && WEXITSTATUS(status) == 3;  // and says so
      EXPECT_TRUE(status == 0 || cannot) << reference.name << " (" << way.name << "): wait status " << status;
      mplan_prepared_free(prepared);
    }
  }
}

}  // namespace
}  // namespace fault
