// SPDX-License-Identifier: MIT
#include "denied/filter.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <vector>

using mountplan::kernel::Call;

namespace denied {

namespace {

constexpr sock_filter load_number = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));

void answer(std::vector<sock_filter> &filter, Call call, unsigned what) {
  filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(mountplan::kernel::call_number(call)), 0, 1));
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, what));
}

bool install(std::vector<sock_filter> &filter, unsigned otherwise) {
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, otherwise));
  sock_fprog program = {static_cast<unsigned short>(filter.size()), filter.data()};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace

Call call_by_name(const char *name) {
  auto call = Call{};
  while (call != Call::count && strcmp(mountplan::kernel::call_name(call), name) != 0) {
    call = static_cast<Call>(static_cast<int>(call) + 1);
  }
  return call;
}

int error_by_name(const char *name) { return strcmp(name, "ENOSYS") == 0 ? ENOSYS : strcmp(name, "EPERM") == 0 ? EPERM : 0; }

bool install(std::span<const Denial> denials) {
  std::vector<sock_filter> filter = {load_number};
  for (const Denial &denial : denials) {
    answer(filter, denial.call, SECCOMP_RET_ERRNO | static_cast<unsigned>(denial.error));
  }
  return install(filter, SECCOMP_RET_ALLOW);
}

bool kill_all_but(std::span<const Call> allowed) {
  std::vector<sock_filter> filter = {load_number};
  for (Call call : allowed) {
    answer(filter, call, SECCOMP_RET_ALLOW);
  }
  return install(filter, SECCOMP_RET_KILL_PROCESS);
}

}  // namespace denied
