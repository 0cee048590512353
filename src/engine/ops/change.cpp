// SPDX-License-Identifier: MIT
// remount, propagation, move, unmount: ops on mounts that are there already.
#include <mountplan/plan.h>
#include <sys/statfs.h>

#include <cerrno>
#include <cstring>

#include "engine/attributes.hpp"
#include "engine/mounts.hpp"
#include "engine/run.hpp"
#include "engine/verify.hpp"

namespace mountplan::engine {

namespace {

// Where scratch is on the root, what is done to all that is below the root would be done to it, and it hides the rest from the unfolded
// table. It is made again when a later op needs it.
int keep_scratch_out(Run &run, const Step &step, const Change &change) {
  return change.recursive && strcmp(step.op.target, "/") == 0 ? drop_scratch(run) : 0;
}

// The root of the mount at a path of the new root.
int open_mount(Run &run, const char *path, uint32_t policy) {
  bool is_root = strcmp(path, "/") == 0;
  int fd = is_root ? run.kernel.duplicate(run.root) : open_existing(run, path, policy, run.root);
  if (fd < 0) {
    return is_root ? failed(run, fd, "fcntl") : fd;
  }
  struct statx stat;
  if (int result = stat_fd(run, fd, stat); result < 0) {
    close_fd(run, fd);
    return result;
  }
  bool known = (stat.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0;  // Linux 5.8
  if (known && (stat.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0) {
    close_fd(run, fd);
    base::Writer(run.failure.path, sizeof run.failure.path).text(path);
    return base::fail(run.failure, base::Kind::state, EINVAL, "it is not a mount point");
  }
  if (!is_root && policy == MPLAN_SYMLINK_FOLLOW) {
    bool same = false;
    int result = is_the_root(run, stat, same);
    if (result >= 0 && same) {
      base::Writer(run.failure.path, sizeof run.failure.path).text(path);
      result = base::fail(run.failure, base::Kind::safety, EINVAL, "the link leads to the root, which is changed only under its own name");
    }
    if (result < 0) {
      close_fd(run, fd);
      return result;
    }
  }
  return fd;
}

int read_attributes(Run &run, int mount, uint64_t &out) {
  Mounts mounts(run);
  MountFacts facts;
  uint64_t id = 0;
  int result = mount_id(run, mount, id);
  result = result < 0 ? result : mounts.open();
  result = result < 0 ? result : mounts.get(id, facts);
  out = facts.attributes;
  return result == -ENOENT ? base::fail(run.failure, base::Kind::state, ESTALE, "the mount has gone meanwhile") : result;
}

// In place, what can be taken back is remembered before it is done.
int remember_attributes(Run &run, int mount) {
  struct statfs file_system;
  if (int result = run.kernel.fstatfs(mount, &file_system); result < 0) {
    return failed(run, result, "fstatfs");
  }
  uint64_t had = from_statfs(static_cast<unsigned long>(file_system.f_flags));
  if ((had & MPLAN_ATTR_RDONLY) != 0) {  // the mount's, or its file system's?
    if (int result = read_attributes(run, mount, had); result < 0) {
      return result;
    }
  }
  int kept = run.kernel.duplicate(mount);
  if (kept < 0) {
    return failed(run, kept, "fcntl");
  }
  Undo undo;
  undo.what = Undo::What::restore_attributes;
  undo.fd = kept;
  undo.value = had;
  remember_undo(run, undo);
  return 0;
}

}  // namespace

int place_remount(Run &run, Step &step) {
  ScopedFd mount(run, open_mount(run, step.op.target, step.op.symlinks));
  if (mount.get() < 0) {
    return mount.get();
  }
  Change change;
  change.set = step.op.attributes();
  change.recursive = (step.op.flags & MPLAN_BIND_RECURSIVE) != 0;
  change.trouble = step.op.flags;
  if (run.has(MPLAN_PREPARE_IN_PLACE) && !change.recursive) {
    if (int result = remember_attributes(run, mount.get()); result < 0) {
      return result;
    }
  }
  if (int result = keep_scratch_out(run, step, change); result < 0) {
    return result;
  }
  int result = note_change(run, step, mount.get(), change);
  return result < 0 ? result : run.backend->change(run, mount.get(), change);
}

int place_propagation(Run &run, Step &step) {
  ScopedFd mount(run, open_mount(run, step.op.target, step.op.symlinks));
  if (mount.get() < 0) {
    return mount.get();
  }
  Change change;
  change.propagation = step.op.flags & ~uint64_t{MPLAN_PROPAGATION_RECURSIVE};
  change.recursive = (step.op.flags & MPLAN_PROPAGATION_RECURSIVE) != 0;
  if (int result = keep_scratch_out(run, step, change); result < 0) {
    return result;
  }
  if (run.root_hidden && strcmp(step.op.target, "/") == 0) {
    run.root_hidden = false;  // from here on the root has the propagation that the plan says
  }
  int result = note_change(run, step, mount.get(), change);
  return result < 0 ? result : run.backend->change(run, mount.get(), change);
}

int place_move(Run &run, Step &step) {
  const char *from = step.op.source;
  ScopedFd mount(run, open_mount(run, from, step.op.symlinks));
  if (mount.get() < 0) {
    return mount.get();
  }
  struct statx stat;
  if (int result = stat_fd(run, mount.get(), stat); result < 0) {
    return result;
  }
  step.source_type = type_of(stat);
  ScopedFd target(run, open_target(run, step, run.root, step.op.target, step.source_type == S_IFDIR, step.parent_mode));
  if (target.get() < 0) {
    return target.get();
  }
  if (int result = note_moved(run, step, mount.get()); result < 0) {
    return result;
  }
  if (!run.has(MPLAN_PREPARE_IN_PLACE)) {
    return run.backend->attach(run, mount.get(), target.get());
  }
  // Where it comes from shows only when it has moved. So that nothing can go wrong after the move, its directory is opened before.
  Parent above;
  if (int result = open_parent(run, run.root, from, step.parent_mode, above); result < 0) {
    return result;
  }
  ScopedFd back(run, above.fd == run.root ? run.kernel.duplicate(run.root) : above.fd);
  if (back.get() < 0) {
    return failed(run, back.get(), "fcntl");
  }
  if (int result = run.backend->attach(run, mount.get(), target.get()); result < 0) {
    return result;
  }
  Undo undo;
  undo.what = Undo::What::move_back;
  undo.fd = mount.release();
  undo.fd2 = back.release();
  undo.name = above.name;
  undo.name_length = strlen(above.name);
  remember_undo(run, undo);
  return 0;
}

int place_unmount(Run &run, Step &step) {
  ScopedFd mount(run, open_mount(run, step.op.target, step.op.symlinks));
  if (mount.get() < 0) {
    return mount.get();
  }
  if (int result = note_unmount(run, mount.get()); result < 0) {
    return result;
  }
  struct statx stat;
  int result = stat_fd(run, mount.get(), stat);
  if (result < 0) {
    return result;
  }
  result = detach_mount(run, mount.get());
  if (result < 0) {
    return failed(run, result, "umount2", step.op.target);
  }
  if (is_own(run, stat)) {
    // Were the file system gone, the next one could get its device number, and be taken for one of the plan's.
    Undo undo;
    undo.what = Undo::What::nothing;
    undo.fd = mount.release();
    remember_undo(run, undo);
  }
  return 0;
}

}  // namespace mountplan::engine
