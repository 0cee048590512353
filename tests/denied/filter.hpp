// SPDX-License-Identifier: MIT
// Makes the kernel answer ENOSYS or EPERM to system calls that the library makes, for the calling process and all its descendants.
#pragma once

#include <span>

#include "kernel/kernel.hpp"

namespace denied {

struct Denial {
  int error;  // ENOSYS or EPERM
  mountplan::kernel::Call call;
};

// count where no call has that name.
mountplan::kernel::Call call_by_name(const char *name);
// 0 where it is neither "ENOSYS" nor "EPERM".
int error_by_name(const char *name);

// Needs CAP_SYS_ADMIN in the user namespace: no_new_privs would change what set-user-ID programs do, and is not set. False with errno.
bool install(std::span<const Denial> denials);
// Any call but these kills the process.
bool kill_all_but(std::span<const mountplan::kernel::Call> allowed);

}  // namespace denied
