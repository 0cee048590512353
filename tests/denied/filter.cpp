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

sock_filter statement(unsigned code, unsigned value) { return {static_cast<unsigned short>(code), 0, 0, value}; }

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
  std::vector<sock_filter> filter = {statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const Denial &denial : denials) {
    auto number = static_cast<unsigned>(mountplan::kernel::call_number(denial.call));
    filter.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number});
    filter.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(denial.error)));
  }
  filter.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  sock_fprog program = {static_cast<unsigned short>(filter.size()), filter.data()};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace denied
