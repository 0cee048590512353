// SPDX-License-Identifier: MIT
// Making directories and files, only where the plan may.
#include <mountplan/mount.h>
#include <mountplan/plan.h>

#include <cerrno>
#include <cstring>

#include "engine/run.hpp"

namespace mountplan::engine {

void close_fd(Run &run, int &fd) {
  if (fd >= 0) {
    run.kernel.close(fd);
  }
  fd = no_fd;
}

int set_propagation(Run &run, int mount, uint64_t type, bool recursive) {
  Change change;
  change.propagation = type;
  change.recursive = recursive;
  return run.backend->change(run, mount, change);
}

int stat_fd(Run &run, int fd, struct statx &out) {
  int result = run.kernel.statx(fd, "", kernel::at_empty_path | kernel::at_no_automount | kernel::at_symlink_nofollow,
                                STATX_BASIC_STATS | STATX_MNT_ID, &out);
  return result < 0 ? failed(run, result, "statx") : 0;
}

const char *type_name(uint32_t type) {
  switch (type) {
    case S_IFDIR:
      return "a directory";
    case S_IFREG:
      return "a file";
    case S_IFLNK:
      return "a symbolic link";
    case S_IFCHR:
    case S_IFBLK:
      return "a device";
    case S_IFSOCK:
      return "a socket";
    default:
      return "a fifo";
  }
}

int adopt_device(Run &run, int mount) {
  struct statx stat;
  if (int result = stat_fd(run, mount, stat); result < 0) {
    return result;
  }
  // Reserved by prepare: one for every step, the root, scratch, and what dev makes.
  if (!run.program.own_devices.append(device_of(stat))) {
    return base::fail_memory(run.failure);
  }
  return 0;
}

bool is_own(const Run &run, const struct statx &stat) {
  for (uint64_t device : run.program.own_devices) {
    if (device == device_of(stat)) {
      return true;
    }
  }
  return false;
}

int remember_made(Run &run, int dir, const char *path, size_t length, bool directory, int made) {
  struct statx stat;
  int result = made < 0 ? failed(run, made, "openat") : stat_fd(run, made, stat);
  int kept = result < 0 ? no_fd : run.kernel.duplicate(dir);
  if (result >= 0 && kept < 0) {
    result = failed(run, kept, "fcntl");
  }
  size_t start = length;
  while (start > 0 && path[start - 1] != '/') {
    start--;
  }
  if (result < 0) {
    // What can not be remembered goes at once: a moment after it was made, its name is the only way to find it.
    char name[NAME_MAX + 1];
    base::Writer(name, sizeof name).text(std::string_view(path + start, length - start));
    run.kernel.unlinkat(dir, name, directory ? kernel::at_removedir : 0);
    base::Writer(run.failure.path, sizeof run.failure.path).text(std::string_view(path, length));
    return result;
  }
  Undo undo;
  undo.what = directory ? Undo::What::remove_directory : Undo::What::unlink;
  undo.outside_root = run.root < 0;
  undo.fd = kept;
  undo.name = path + start;
  undo.name_length = length - start;
  undo.device = device_of(stat);
  undo.inode = stat.stx_ino;
  remember_undo(run, undo);
  return run.program.created.append(Created{path, length}) ? 0 : base::fail_memory(run.failure);
}

int remember_link(Run &run, int dir, const char *path) {
  ScopedFd link(run, run.kernel.openat(dir, strrchr(path, '/') + 1, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  return remember_made(run, dir, path, strlen(path), false, link.get());
}

int may_create(Run &run, int dir, bool &foreign) {
  foreign = false;
  if (dir == run.root && run.program.root_step < 0 && !run.has(MPLAN_PREPARE_IN_PLACE)) {
    return 0;  // the fresh root itself is our own; most things are made there, so it is not asked each time
  }
  struct statx stat;
  if (int result = stat_fd(run, dir, stat); result < 0) {
    return result;
  }
  foreign = !is_own(run, stat);
  if (!foreign || (run.program.plan_flags & MPLAN_PLAN_CREATE) != 0) {
    return 0;
  }
  return base::fail(run.failure, base::Kind::safety, ENOENT,
                    "it does not exist, and would have to be made in a tree that belongs to the caller, which the plan does not allow");
}

int make_directory(Run &run, int dir, const char *name, uint32_t mode, const char *path, size_t path_length) {
  bool foreign = false;
  int result = may_create(run, dir, foreign);
  if (result < 0) {
    base::Writer(run.failure.path, sizeof run.failure.path).text(std::string_view(path, path_length));
    return result;
  }
  result = run.kernel.mkdirat(dir, name, mode);
  if (result == -EEXIST) {
    // Somebody else made it meanwhile, and keeps it; or it is a link to nothing, which is why it was not found.
    ScopedFd there(run, run.kernel.openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (there.get() >= 0) {
      return 0;
    }
    base::Writer(run.failure.detail, sizeof run.failure.detail).text("a symbolic link with that name leads nowhere");
    result = -ENOENT;
  }
  if (result < 0) {
    failed(run, result, "mkdirat");
    base::Writer(run.failure.path, sizeof run.failure.path).text(std::string_view(path, path_length));
    return result;
  }
  bool umask_known = run.has(MPLAN_PREPARE_PIVOT);  // apply sets it to 0
  if (!foreign && umask_known) {
    return 0;
  }
  ScopedFd made(run, run.kernel.openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (foreign) {
    result = remember_made(run, dir, path, path_length, true, made.get());
  } else if (made.get() < 0) {
    result = failed(run, made.get(), "openat", path);
  }
  return result < 0 || umask_known ? result : set_mode(run, made.get(), mode);
}

int create_file(Run &run, int dir, const char *name, uint32_t mode, const char *path, bool &foreign) {
  int result = may_create(run, dir, foreign);
  if (result < 0) {
    base::Writer(run.failure.path, sizeof run.failure.path).text(path);
    return result;
  }
  int fd = run.kernel.openat(dir, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, mode);
  if (fd < 0) {
    return failed(run, fd, "openat", path);
  }
  if (foreign) {
    result = remember_made(run, dir, path, strlen(path), false, fd);
  }
  if (result >= 0 && !run.has(MPLAN_PREPARE_PIVOT)) {
    result = set_mode(run, fd, mode);
  }
  if (result < 0) {
    close_fd(run, fd);
    return result;
  }
  return fd;
}

int make_file(Run &run, int dir, const char *name, uint32_t mode, const char *path) {
  bool foreign = false;
  ScopedFd made(run, create_file(run, dir, name, mode, path, foreign));
  if (made.get() < 0) {
    return made.get();
  }
  // A mount point does not need to be open for writing, and an open writer would make its file system busy.
  ScopedFd by_name(run, run.kernel.openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (by_name.get() < 0) {
    return failed(run, by_name.get(), "openat", path);
  }
  if (foreign) {  // others may write there, and may have changed the name meanwhile
    struct statx wanted;
    struct statx found;
    int result = stat_fd(run, made.get(), wanted);
    result = result < 0 ? result : stat_fd(run, by_name.get(), found);
    if (result < 0) {
      return result;
    }
    if (wanted.stx_ino != found.stx_ino || device_of(wanted) != device_of(found)) {
      base::Writer(run.failure.path, sizeof run.failure.path).text(path);
      return base::fail(run.failure, base::Kind::safety, ESTALE, "the file that was just made has been replaced");
    }
  }
  return by_name.release();
}

int set_mode(Run &run, int fd, uint32_t mode) {
  struct statx stat;
  if (int result = stat_fd(run, fd, stat); result < 0) {
    return result;
  }
  if ((stat.stx_mode & 07777u) == mode) {
    return 0;
  }
  int result = run.kernel.fchmodat2(fd, "", mode, kernel::at_empty_path);
  if (result == -ENOSYS || result == -EPERM) {  // before Linux 6.6, or denied by an old filter
    if (result = need_procfs(run); result < 0) {
      return result;
    }
    FdPath self(fd);
    result = run.kernel.fchmodat(run.descriptors, self.text, mode);
    return result < 0 ? failed(run, result, "fchmodat") : 0;
  }
  return result < 0 ? failed(run, result, "fchmodat2") : 0;
}

namespace {

int new_scratch(Run &run, int &mount) {
  const Option options[] = {{"mode", "0700", no_fd}};
  FileSystem file_system{"tmpfs", "mountplan", options, 1, MPLAN_ATTR_NOSUID | MPLAN_ATTR_NODEV};
  run.making_scratch = true;
  mount = run.backend->create(run, file_system);
  run.making_scratch = false;
  if (mount < 0 || !run.backend->scratch_on_place || run.backend->id == MPLAN_BACKEND_CLASSIC) {
    return mount;  // mount(2) has put it there already
  }
  int result = run.backend->attach(run, mount, run.place);
  if (result < 0) {
    close_fd(run, mount);
    return result;
  }
  // Of a shared place it became a peer.
  return set_propagation(run, mount, MPLAN_PROPAGATION_PRIVATE, false);
}

}  // namespace

int need_scratch(Run &run) {
  if (run.scratch >= 0) {
    return 0;
  }
  // A new root hides scratch on its place from binds that take the place along; in place nothing would.
  if (run.backend->scratch_on_place && run.has(MPLAN_PREPARE_IN_PLACE)) {
    int result = new_scratch(run, run.cover);
    if (result >= 0) {
      result = set_propagation(run, run.cover, MPLAN_PROPAGATION_UNBINDABLE, false);
    }
    if (result < 0) {
      return result;
    }
  }
  int result = new_scratch(run, run.scratch);
  return result < 0 ? result : adopt_device(run, run.scratch);
}

int drop_scratch(Run &run) {
  close_fd(run, run.empty_mask);
  // umount2(2) takes what is on top of the place a descriptor leads to, so the upper one goes first.
  for (int *mount : {&run.scratch, &run.cover}) {
    int result = *mount >= 0 && run.backend->scratch_on_place ? detach_mount(run, *mount) : 0;
    if (result < 0) {
      return failed(run, result, "umount2");
    }
    close_fd(run, *mount);
  }
  return 0;
}

int scratch_entry(Run &run, bool directory, char *name) {
  if (int result = need_scratch(run); result < 0) {
    return result;
  }
  base::Writer(name, 24).unsigned_number(run.next_name++);
  if (directory) {
    int result = run.kernel.mkdirat(run.scratch, name, 0700);
    if (result < 0) {
      return failed(run, result, "mkdirat");
    }
    int fd = run.kernel.openat(run.scratch, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? failed(run, fd, "openat") : fd;
  }
  int fd = run.kernel.openat(run.scratch, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC, 0600);
  return fd < 0 ? failed(run, fd, "openat") : fd;
}

int stage(Run &run, int mount) {
  if (!run.backend->scratch_on_place || run.backend->id == MPLAN_BACKEND_CLASSIC) {
    return 0;  // mounts of mount(2) begin their life there
  }
  char name[24];
  ScopedFd entry(run, scratch_entry(run, true, name));
  return entry.get() < 0 ? entry.get() : run.backend->attach(run, mount, entry.get());
}

int write_all(Run &run, int fd, const void *data, size_t size) {
  const char *at = static_cast<const char *>(data);
  while (size > 0) {
    long written = run.kernel.write(fd, at, size);
    if (written == -EINTR) {
      continue;
    }
    if (written <= 0) {
      return failed(run, written == 0 ? -EIO : static_cast<int>(written), "write");
    }
    at += written;
    size -= static_cast<size_t>(written);
  }
  return 0;
}

}  // namespace mountplan::engine
