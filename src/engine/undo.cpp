// SPDX-License-Identifier: MIT
// Rolling back: only what this run did, found by descriptor and compared by device and inode, never by walking a path again.
#include <sys/statfs.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "engine/attributes.hpp"
#include "engine/mounts.hpp"
#include "engine/run.hpp"
#include "kernel/directory_entry.hpp"
#include "plan/kind.hpp"

namespace mountplan::engine {

void remember_undo(Run &run, const Undo &undo) {
  // prepare reserved room for every step's worst case; should that ever be wrong, keeping the host clean comes first.
  if (!run.program.undo.append(undo)) {
    int fd = undo.fd;
    close_fd(run, fd);
  }
}

namespace {

// Calls call(path) with a path of the mount's root. Without a procfs that is the working directory itself, which can be no file.
template <typename Call>
int with_path(Run &run, int mount, Call call) {
  if (enter_descriptors(run) >= 0) {
    FdPath self(mount);
    return call(self.text);
  }
  forget_failure(run);
  if (int result = leave_working_directory(run); result < 0) {
    return result;
  }
  int result = static_cast<int>(run.kernel.call(kernel::Call::fchdir, mount));
  return result < 0 ? result : call(".");
}

}  // namespace

int detach_mount(Run &run, int mount) {
  return with_path(run, mount, [&](const char *path) { return run.kernel.umount2(path, kernel::umount_detach); });
}

namespace {

// umount2(2) takes what lies on top, which somebody else may have put there. That is not for us to take away. No call detaches a mount by
// its descriptor alone, so whether it really was ours is looked at afterwards too.
int detach_own(Run &run, int mount) {
  Mounts mounts(run);
  uint64_t id = 0;
  MountFacts own;
  if (mount_id(run, mount, id) < 0 || mounts.open() < 0 || mounts.get(id, own) != 0) {
    return detach_mount(run, mount);  // it can not be told
  }
  char point[PATH_MAX];
  base::Writer(point, sizeof point).text(own.point);
  int result = mounts.each(id, [&](const MountFacts &facts) {
    bool covers = facts.parent == id && facts.id != id && strcmp(facts.point, point) == 0;
    return covers ? -EBUSY : 0;
  });
  result = result == -EBUSY ? result : detach_mount(run, mount);
  Mounts after(run);
  return result >= 0 && after.open() >= 0 && after.get(id, own) == 0 ? -EBUSY : result;
}

void copy_name(const Undo &undo, char (&name)[NAME_MAX + 1]) {
  base::Writer(name, sizeof name).text(std::string_view(undo.name, undo.name_length));
}

// In a root that is attached nowhere, what was made may have a mount on it, which only goes with the whole root.
bool may_be_covered(const Run &run) {
  return run.backend == &backend_detached && !run.has(MPLAN_PREPARE_IN_PLACE) && !run.root_attached && run.root >= 0;
}

// A clone of the directory has none.
int open_bare(Run &run, int dir) { return may_be_covered(run) ? run.backend->clone(run, dir, false) : no_fd; }

// The inode that a directory lists for a name: that below a mount, where statx(2) tells of the mount. 0 where it can not be told.
uint64_t listed_inode(Run &run, int dir, const char *name) {
  ScopedFd open(run, run.kernel.openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  alignas(8) char block[4096];
  for (long length = 1; open.get() >= 0 && length > 0;) {
    length = run.kernel.getdents64(open.get(), block, sizeof block);
    for (long at = 0; at < length;) {
      kernel::DirectoryEntry entry;
      memcpy(&entry, block + at, kernel::name_offset);
      if (strcmp(block + at + kernel::name_offset, name) == 0) {
        return entry.inode;
      }
      at += entry.length;
    }
  }
  return 0;
}

// Is what lies below the mounts on this name what was made?
bool is_covered_own(Run &run, const Undo &undo, const char *name) {
  struct statx stat;
  return stat_fd(run, undo.fd, stat) >= 0 && device_of(stat) == undo.device && listed_inode(run, undo.fd, name) == undo.inode;
}

// Only what is still what was made.
int remove(Run &run, const Undo &undo) {
  ScopedFd bare(run, open_bare(run, undo.fd));
  int dir = bare.get() >= 0 ? bare.get() : undo.fd;
  char name[NAME_MAX + 1];
  copy_name(undo, name);
  struct statx stat;
  int result = run.kernel.statx(dir, name, kernel::at_symlink_nofollow | kernel::at_no_automount, STATX_INO, &stat);
  if (result < 0) {
    return result == -ENOENT ? 0 : result;
  }
  bool is_same = stat.stx_ino == undo.inode && device_of(stat) == undo.device;
  // Where mounts are locked no clone can be made.
  if (!is_same && !(may_be_covered(run) && bare.get() < 0 && is_covered_own(run, undo, name))) {
    return -ESTALE;
  }
  return run.kernel.unlinkat(dir, name, undo.what == Undo::What::remove_directory ? kernel::at_removedir : 0);
}

}  // namespace

int set_attributes(Run &run, int mount, uint64_t wanted) {
  if (run.backend->id != MPLAN_BACKEND_CLASSIC) {
    kernel::MountAttr attributes;
    attributes.clear = to_mount_attr(~wanted & (MPLAN_ATTR_RDONLY | MPLAN_ATTR_NOSUID | MPLAN_ATTR_NODEV | MPLAN_ATTR_NOEXEC |
                                                MPLAN_ATTR_NOSYMFOLLOW | MPLAN_ATTR_NODIRATIME));
    attributes.clear |= kernel::attr_atime_mask;
    attributes.set = to_mount_attr(wanted & plan::access_time_attributes);
    return run.kernel.mount_setattr(mount, "", kernel::at_empty_path, &attributes, sizeof attributes);
  }
  return with_path(run, mount, [&](const char *path) {
    return run.kernel.mount(nullptr, path, nullptr, kernel::ms_remount | kernel::ms_bind | to_mount_flags(wanted), nullptr);
  });
}

namespace {

int take_back(Run &run, const Undo &undo) {
  switch (undo.what) {
    case Undo::What::unlink:
    case Undo::What::remove_directory:
      return remove(run, undo);
    case Undo::What::detach:
      return detach_own(run, undo.fd);
    case Undo::What::restore_mode: {
      return set_mode(run, undo.fd, static_cast<uint32_t>(undo.value));
    }
    case Undo::What::restore_attributes:
      return set_attributes(run, undo.fd, undo.value);
    case Undo::What::move_back: {
      char name[NAME_MAX + 1];
      copy_name(undo, name);
      ScopedFd back(run, run.kernel.openat(undo.fd2, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
      return back.get() < 0 ? back.get() : run.backend->attach(run, undo.fd, back.get());
    }
    case Undo::What::nothing:
      return 0;
  }
  return -EINVAL;
}

// A later op may have made the mount read-only through which something was made: one of the new root, which goes away in any case.
void make_writable(Run &run, int dir) {
  struct statfs file_system;
  if (run.kernel.fstatfs(dir, &file_system) < 0) {
    return;
  }
  uint64_t has = from_statfs(static_cast<unsigned long>(file_system.f_flags));
  if ((has & MPLAN_ATTR_RDONLY) == 0) {
    return;
  }
  int top = run.kernel.duplicate(dir);
  uint64_t mount = 0;
  for (size_t i = 0; top >= 0 && i < PATH_MAX; i++) {
    struct statx stat;
    if (stat_fd(run, top, stat) < 0 || (i > 0 && stat.stx_mnt_id != mount)) {  // what is above is covered by another mount
      close_fd(run, top);
      return;
    }
    mount = stat.stx_mnt_id;
    if ((stat.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0) {
      break;
    }
    int up = run.kernel.openat(top, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
    close_fd(run, top);
    top = up;
  }
  if (top >= 0) {
    set_attributes(run, top, has & ~uint64_t{MPLAN_ATTR_RDONLY});
    close_fd(run, top);
  }
}

}  // namespace

void prepare_roll_back(Run &run) {
  if (run.has(MPLAN_PREPARE_IN_PLACE) && !run.settled) {
    return;  // an op of the plan that made a mount of the caller read-only is taken back before what was made earlier
  }
  for (const Undo &undo : run.program.undo) {
    if (undo.outside_root) {
      continue;
    }
    if (undo.what == Undo::What::unlink || undo.what == Undo::What::remove_directory) {
      make_writable(run, undo.fd);
    }
  }
}

size_t roll_back(Run &run) {
  size_t left = 0;
  while (!run.program.undo.empty()) {
    Undo undo = run.program.undo.back();
    run.program.undo.pop();
    left += take_back(run, undo) < 0 ? 1 : 0;
    close_fd(run, undo.fd);
    close_fd(run, undo.fd2);
  }
  run.program.created.truncate(0);
  return left;
}

}  // namespace mountplan::engine
