// SPDX-License-Identifier: MIT
// Descriptors for calls that take only paths: /proc/thread-self/fd/N, and only where /proc is what it seems to be. Whoever could put files
// of their own there would choose what those calls work on.
#include <sys/vfs.h>

#include <cerrno>

#include "engine/run.hpp"

namespace mountplan::engine {

namespace {

constexpr int stat_flags = kernel::at_no_automount;
constexpr const char *descriptors = "/proc/thread-self/fd";

int look_at_procfs(Run &run, bool &real) {
  real = false;
  ScopedFd proc(run, run.kernel.openat(kernel::at_cwd, "/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (proc.get() == -ENOENT || proc.get() == -ENOTDIR) {
    return 0;
  }
  if (proc.get() < 0) {
    return failed(run, proc.get(), "openat", "/proc");
  }
  struct statfs file_system;
  if (int result = run.kernel.fstatfs(proc.get(), &file_system); result < 0) {
    return failed(run, result, "fstatfs", "/proc");
  }
  struct statx root;
  if (int result = stat_fd(run, proc.get(), root); result < 0) {
    return result;
  }
  struct statx held;
  if (int result = run.kernel.statx(kernel::at_cwd, descriptors, stat_flags, STATX_BASIC_STATS | STATX_MNT_ID, &held); result < 0) {
    return result == -ENOENT ? 0 : failed(run, result, "statx", descriptors);
  }
  bool covered = (root.stx_mask & held.stx_mask & STATX_MNT_ID) != 0 && root.stx_mnt_id != held.stx_mnt_id;
  real = file_system.f_type == kernel::proc_super_magic && root.stx_ino == kernel::proc_root_inode && !covered &&
         device_of(root) == device_of(held);
  return 0;
}

}  // namespace

int need_procfs(Run &run) {
  if (run.procfs) {
    return 0;
  }
  if (int result = look_at_procfs(run, run.procfs); result < 0) {
    return result;
  }
  return run.procfs ? 0
                    : base::fail(run.failure, base::Kind::unsupported, EOPNOTSUPP,
                                 "this needs a procfs at /proc, with nothing mounted over what it says of this process");
}

FdPath::FdPath(int fd) { base::Writer(text, sizeof text).text(descriptors).text("/").number(fd); }

}  // namespace mountplan::engine
