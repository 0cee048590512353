// SPDX-License-Identifier: MIT
// The finished root becomes a mount namespace (commit_namespace.cpp), or the root of this one: pivot_root(2), and the old root is detached.
// The first file system of a system (an initramfs) can not be pivoted away from; there the new root is moved over it, and chroot(2) leads
// into it.
#include <cerrno>

#include "engine/check.hpp"
#include "engine/commit_namespace.hpp"
#include "engine/mounts.hpp"
#include "engine/run.hpp"
#include "engine/verify.hpp"

namespace mountplan::engine {

namespace {

// Is the root directory that of a mount without a parent? When that can not be told, no.
bool is_first_root(Run &run) {
  base::Failure kept = run.failure;
  Quiet quiet(run.program);
  ScopedFd top(run, open_host(run, "/", O_PATH | O_DIRECTORY));
  Mounts mounts(run);
  MountFacts facts;
  uint64_t id = 0;
  bool known = top.get() >= 0 && mount_id(run, top.get(), id) >= 0 && mounts.open() >= 0 && mounts.get(id, facts) == 0;
  run.failure = kept;
  return known && facts.parent == facts.id;
}

int pivot(Run &run) {
  int result = run.kernel.pivot_root(".", ".");
  if (result < 0) {
    return failed(run, result, "pivot_root");
  }
  run.root_attached = false;  // it is the root now: there is no way back
  run.settled = true;
  run.left_working_directory = false;
  result = run.kernel.umount2(".", kernel::umount_detach);
  return result < 0 ? failed(run, result, "umount2", "the old root") : 0;
}

// The working directory is the new root; `on_top`: it lies over the old one already.
int move_over(Run &run, bool on_top) {
  int result = on_top ? 0 : run.kernel.mount(".", "/", nullptr, kernel::ms_move, nullptr);
  if (result < 0) {
    return failed(run, result, "mount", "/");
  }
  result = static_cast<int>(run.kernel.call(kernel::Call::chroot, reinterpret_cast<long>(".")));
  if (result < 0) {
    return failed(run, result, "chroot");
  }
  run.root_attached = false;
  run.settled = true;
  run.left_working_directory = false;
  return 0;
}

int check_entered(Run &run) {
  struct statx wanted;
  struct statx found;
  if (int error = stat_fd(run, run.root, wanted); error < 0) {
    return error;
  }
  int result = run.kernel.statx(kernel::at_cwd, "/", kernel::at_symlink_nofollow | kernel::at_no_automount, STATX_BASIC_STATS, &found);
  if (result < 0) {
    return failed(run, result, "statx", "/");
  }
  if (wanted.stx_ino != found.stx_ino || device_of(wanted) != device_of(found)) {
    return base::fail(run.failure, base::Kind::safety, EXDEV, "after pivot_root the root is not the one that was built");
  }
  return verify_entered(run);
}

int enter_by_pivot(Run &run) {
  bool on_top = !run.root_attached;
  if (on_top) {
    ScopedFd top(run, open_host(run, "/", O_PATH | O_DIRECTORY));
    if (top.get() < 0) {
      return failed(run, top.get(), "openat", "/");
    }
    if (int result = run.backend->attach(run, run.root, top.get()); result < 0) {
      return result;
    }
    run.root_attached = true;
  }
  if (int result = verify(run); result < 0) {  // while there is a way back
    return result;
  }
  // May be missing: a working directory can be removed. One that was left before is gone back to at the end.
  ScopedFd back(run, run.left_working_directory ? no_fd : open_host(run, ".", O_PATH | O_DIRECTORY));
  run.among_descriptors = false;
  int result = static_cast<int>(run.kernel.call(kernel::Call::fchdir, run.root));
  if (result < 0) {
    return failed(run, result, "fchdir");
  }
  result = pivot(run);
  if (result == -EINVAL && run.root_attached && is_first_root(run)) {
    forget_failure(run);
    result = move_over(run, on_top);
  }
  if (result < 0) {
    if (run.root_attached && back.get() >= 0) {
      run.kernel.call(kernel::Call::fchdir, back.get());
    }
    return result;
  }
  result = static_cast<int>(run.kernel.call(kernel::Call::chdir, reinterpret_cast<long>("/")));
  return result < 0 ? failed(run, result, "chdir", "/") : check_entered(run);
}

}  // namespace

int enter(Run &run) {
  int made = no_fd;
  int result = run.program.commit == Commit::pivot ? 0 : make_namespace(run, made);
  if (result < 0) {
    return result;
  }
  if (made < 0) {
    return enter_by_pivot(run);
  }
  ScopedFd held(run, made);
  Tally tally;
  result = verify_aside(run, tally);
  return result < 0 ? result : enter_namespace(run, made, tally);
}

}  // namespace mountplan::engine
