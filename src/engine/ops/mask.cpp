// SPDX-License-Identifier: MIT
// mask: a file disappears under the null device, a directory under an empty read-only tmpfs that all masks share.
#include <mountplan/plan.h>
#include <sys/sysmacros.h>

#include <cerrno>

#include "engine/run.hpp"
#include "engine/verify.hpp"

namespace mountplan::engine {

namespace {

constexpr uint64_t mask_attributes = MPLAN_ATTR_RDONLY | MPLAN_ATTR_NOSUID | MPLAN_ATTR_NODEV | MPLAN_ATTR_NOEXEC;
constexpr uint64_t null_attributes = MPLAN_ATTR_RDONLY | MPLAN_ATTR_NOSUID | MPLAN_ATTR_NOEXEC;

int new_empty(Run &run) {
  const Option options[] = {{"mode", "0555", no_fd}};
  FileSystem file_system{"tmpfs", MPLAN_SOURCE_READONLY, options, 1, mask_attributes};
  return run.backend->create(run, file_system);
}

int empty_directory(Run &run) {
  if (run.empty_mask < 0) {
    int empty = new_empty(run);
    int result = empty < 0 ? empty : stage(run, empty);
    if (result < 0) {
      close_fd(run, empty);
      return result;
    }
    run.empty_mask = empty;
  }
  return run.backend->clone(run, run.empty_mask, false);
}

int null_device(Run &run, int source) {
  int mount = clone_source(run, source, false, false);
  if (mount < 0) {
    return mount;
  }
  Change change;
  change.set = null_attributes;
  change.propagation = MPLAN_PROPAGATION_PRIVATE;
  if (int result = run.backend->change(run, mount, change); result < 0) {
    close_fd(run, mount);
    return result;
  }
  return mount;
}

}  // namespace

int resolve_mask(Run &run, Step &step) {
  step.source = open_host(run, "/dev/null", O_PATH);
  if (step.source < 0) {
    return failed(run, step.source, "openat", "/dev/null");
  }
  struct statx stat;
  if (int result = stat_fd(run, step.source, stat); result < 0) {
    return result;
  }
  if (type_of(stat) != S_IFCHR || stat.stx_rdev_major != 1 || stat.stx_rdev_minor != 3) {
    return base::fail(run.failure, base::Kind::safety, ENODEV, "/dev/null is not the null device");
  }
  return 0;
}

int place_mask(Run &run, Step &step) {
  int follow = step.op.symlinks == MPLAN_SYMLINK_FOLLOW ? 0 : O_NOFOLLOW;
  int found = lookup(run, run.root, step.op.target + 1, O_PATH | follow);
  if (found == -ENOENT) {
    return 0;
  }
  if (found < 0) {
    return failed(run, found, "openat2", step.op.target);
  }
  ScopedFd target(run, found);
  struct statx stat;
  if (int result = stat_fd(run, found, stat); result < 0) {
    return result;
  }
  if (type_of(stat) == S_IFLNK && step.op.symlinks != MPLAN_SYMLINK_MOUNT_ON) {
    return base::fail(run.failure, base::Kind::safety, ELOOP, "the target is a symbolic link, and the op does not follow links");
  }
  if (int result = check_not_root(run, step, stat); result < 0) {
    return result;
  }
  bool directory = type_of(stat) == S_IFDIR;
  step.mount = directory ? empty_directory(run) : null_device(run, step.source);
  Expected expected{
      .target = step.op.target, .type = directory ? "tmpfs" : nullptr, .attributes = directory ? mask_attributes : null_attributes};
  return step.mount < 0 ? step.mount : attach(run, step, step.mount, found, expected);
}

}  // namespace mountplan::engine
