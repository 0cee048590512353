// SPDX-License-Identifier: MIT
// Looking up paths inside the new root: openat2(2) where it works, else the walker.
#include <mountplan/plan.h>

#include <cerrno>
#include <cstring>

#include "engine/run.hpp"

namespace mountplan::engine {

int lookup(Run &run, int base, const char *path, int flags) {
  kernel::OpenHow how;
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.resolve = kernel::resolve_in_root | kernel::resolve_no_magiclinks;
  // Where scratch sits on the root, `..` at the root would climb onto it. Links may hold one, so the walker follows them.
  bool covered = base == run.root && run.backend != nullptr && run.backend->scratch_on_place;
  how.resolve |= covered ? kernel::resolve_no_symlinks : 0;
  const char *relative = path[0] == '\0' ? "." : path;
  // EAGAIN: a rename raced with a `..`. It was seen three times in a row at most; after more the walker decides.
  for (int attempt = 0; attempt < 16; attempt++) {
    int fd = run.kernel.openat2(base, relative, &how, sizeof how);
    if (fd == -ENOSYS || fd == -EPERM || fd == -E2BIG || (fd == -ELOOP && covered)) {
      break;
    }
    if (fd != -EAGAIN && fd != -EINTR) {
      return fd;
    }
  }
  return walk(run.kernel, base, path, flags | O_CLOEXEC);
}

int open_existing(Run &run, const char *path, uint32_t policy, int base) {
  int follow = policy == MPLAN_SYMLINK_FOLLOW ? 0 : O_NOFOLLOW;
  int fd = lookup(run, base, path + 1, O_PATH | follow);
  if (fd < 0) {
    return failed(run, fd, "openat2", path);
  }
  if (policy == MPLAN_SYMLINK_REFUSE) {
    struct statx stat;
    if (int result = stat_fd(run, fd, stat); result < 0) {
      close_fd(run, fd);
      return result;
    }
    if (type_of(stat) == S_IFLNK) {
      close_fd(run, fd);
      base::Writer(run.failure.path, sizeof run.failure.path).text(path);
      return base::fail(run.failure, base::Kind::safety, ELOOP, "the target is a symbolic link, and the op does not follow links");
    }
  }
  return fd;
}

void close_parent(Run &run, int base, Parent &parent) {
  if (parent.fd != base) {
    close_fd(run, parent.fd);
  }
}

namespace {

// Makes the missing directories of `path` (relative, not empty) below base and returns the last one. Goes up until something
// exists, then down. `whole` is the same path with its slash in front, for messages and the list of what was made.
int make_directories(Run &run, int base, const char *whole, size_t length, uint32_t mode) {
  char path[PATH_MAX];
  if (length >= sizeof path) {
    return failed(run, -ENAMETOOLONG, "openat2", whole);
  }
  memcpy(path, whole, length);
  path[length] = '\0';
  size_t there = length;  // length of the prefix that exists
  int fd = -ENOENT;
  while (fd == -ENOENT) {
    while (path[there - 1] != '/') {
      there--;
    }
    there--;
    path[there] = '\0';
    fd = there == 0 ? base : lookup(run, base, path + 1, O_PATH | O_DIRECTORY);
    path[there] = '/';
  }
  if (fd < 0) {
    return failed(run, fd, "openat2", whole);
  }
  while (there < length) {
    size_t end = there + 1;
    while (end < length && path[end] != '/') {
      end++;
    }
    path[end] = '\0';
    const char *name = path + there + 1;
    int result = make_directory(run, fd, name, mode, whole, end);
    int next = result < 0 ? result : run.kernel.openat(fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (result >= 0 && next < 0) {
      failed(run, next, "openat", whole);
    }
    if (fd != base) {
      close_fd(run, fd);
    }
    if (next < 0) {
      return next;
    }
    fd = next;
    if (end < length) {
      path[end] = '/';
    }
    there = end;
  }
  return fd;
}

}  // namespace

int open_parent(Run &run, int base, const char *path, uint32_t mode, Parent &out) {
  const char *slash = strrchr(path, '/');
  out.name = slash + 1;
  out.fd = base;
  auto length = static_cast<size_t>(slash - path);
  if (length == 0) {
    return 0;
  }
  char parent[PATH_MAX];
  if (length >= sizeof parent) {
    return failed(run, -ENAMETOOLONG, "openat2", path);
  }
  memcpy(parent, path + 1, length - 1);
  parent[length - 1] = '\0';
  int fd = lookup(run, base, parent, O_PATH | O_DIRECTORY);
  if (fd == -ENOENT) {
    fd = make_directories(run, base, path, length, mode);
    if (fd < 0) {
      return fd;
    }
  } else if (fd < 0) {
    return failed(run, fd, "openat2", path);
  }
  out.fd = fd;
  return 0;
}

int is_the_root(Run &run, const struct statx &stat, bool &same) {
  struct statx root;
  if (int result = stat_fd(run, run.root, root); result < 0) {
    return result;
  }
  bool other_mount = (root.stx_mask & stat.stx_mask & STATX_MNT_ID) != 0 && root.stx_mnt_id != stat.stx_mnt_id;
  same = !other_mount && root.stx_ino == stat.stx_ino && device_of(root) == device_of(stat);
  return 0;
}

int check_not_root(Run &run, const Step &step, const struct statx &target) {
  if (step.op.symlinks != MPLAN_SYMLINK_FOLLOW) {
    return 0;
  }
  bool same = false;
  if (int result = is_the_root(run, target, same); result < 0 || !same) {
    return result;
  }
  return base::fail(run.failure, base::Kind::state, EINVAL,
                    "the link at the target leads to the root, and all that is in it would be covered");
}

int open_target(Run &run, const Step &step, int base, const char *path, bool directory, uint32_t parent_mode) {
  uint32_t policy = step.op.symlinks;
  int fd = lookup(run, base, path + 1, O_PATH | (policy == MPLAN_SYMLINK_FOLLOW ? 0 : O_NOFOLLOW));
  if (fd == -ENOENT) {
    Parent parent;
    if (int result = open_parent(run, base, path, parent_mode, parent); result < 0) {
      return result;
    }
    if (directory) {
      fd = make_directory(run, parent.fd, parent.name, parent_mode, path, strlen(path));
      if (fd == 0) {
        fd = run.kernel.openat(parent.fd, parent.name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0) {
          failed(run, fd, "openat", path);
        }
      }
    } else {
      fd = make_file(run, parent.fd, parent.name, 0444, path);
    }
    close_parent(run, base, parent);
    return fd;
  }
  if (fd < 0) {
    return failed(run, fd, "openat2", path);
  }
  struct statx stat;
  int result = stat_fd(run, fd, stat);
  uint32_t type = result < 0 ? 0 : type_of(stat);
  if (result >= 0 && type == S_IFLNK && (policy == MPLAN_SYMLINK_REFUSE || directory)) {
    result = base::fail(run.failure, base::Kind::safety, ELOOP, "the target is a symbolic link, and the op does not follow links");
  } else if (result >= 0 && (type == S_IFDIR) != directory) {
    base::Writer(run.failure.detail, sizeof run.failure.detail)
        .text("what is mounted is ")
        .text(type_name(directory ? S_IFDIR : step.source_type))
        .text(", the target is ")
        .text(type_name(type));
    run.failure.kind = base::Kind::state;
    run.failure.error = directory ? ENOTDIR : EISDIR;
    result = -run.failure.error;
  } else if (result >= 0) {
    result = check_not_root(run, step, stat);
  }
  if (result < 0) {
    close_fd(run, fd);
    return result;
  }
  return fd;
}

}  // namespace mountplan::engine
