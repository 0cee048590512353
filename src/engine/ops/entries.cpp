// SPDX-License-Identifier: MIT
// dir, symlink, chmod: entries in the new root that are no mounts.
#include <mountplan/plan.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "engine/run.hpp"

namespace mountplan::engine {

int place_directory(Run &run, Step &step) {
  const plan::Op &op = step.op;
  // Already there, perhaps through a link inside the root: fine as it is.
  int fd = lookup(run, run.root, op.target + 1, O_PATH | O_DIRECTORY);
  if (fd >= 0) {
    close_fd(run, fd);
    return 0;
  }
  if (fd != -ENOENT) {
    return failed(run, fd, "openat2", op.target);
  }
  Parent parent;
  if (int result = open_parent(run, run.root, op.target, step.parent_mode, parent); result < 0) {
    return result;
  }
  int result = make_directory(run, parent.fd, parent.name, op.mode, op.target, strlen(op.target));
  close_parent(run, run.root, parent);
  return result;
}

namespace {

int compare_link(Run &run, const Parent &parent, const plan::Op &op) {
  char text[PATH_MAX];
  int length = run.kernel.readlinkat(parent.fd, parent.name, text, sizeof text - 1);
  if (length == -EINVAL) {
    failed(run, -EEXIST, "symlinkat", op.target);
    base::Writer(run.failure.detail, sizeof run.failure.detail).text("something that is no symbolic link has that name");
    return -EEXIST;
  }
  if (length < 0) {
    return failed(run, length, "readlinkat", op.target);
  }
  text[length] = '\0';
  if (strcmp(text, op.source) == 0) {
    return 0;
  }
  failed(run, -EEXIST, "symlinkat", op.target);
  base::Writer(run.failure.detail, sizeof run.failure.detail)
      .text("the link that is there reads ")
      .quoted(text)
      .text(", the one asked for ")
      .quoted(op.source);
  return -EEXIST;
}

}  // namespace

int place_symlink(Run &run, Step &step) {
  const plan::Op &op = step.op;
  Parent parent;
  if (int result = open_parent(run, run.root, op.target, step.parent_mode, parent); result < 0) {
    return result;
  }
  struct statx stat;
  int result = run.kernel.statx(parent.fd, parent.name, kernel::at_symlink_nofollow | kernel::at_no_automount, STATX_TYPE, &stat);
  bool foreign = false;
  if (result == 0) {
    result = compare_link(run, parent, op);
  } else if (result == -ENOENT) {
    result = may_create(run, parent.fd, foreign);
    if (result >= 0) {
      result = run.kernel.symlinkat(op.source, parent.fd, parent.name);
      result = result == -EEXIST ? compare_link(run, parent, op) : result < 0 ? failed(run, result, "symlinkat", op.target) : result;
    }
    if (result >= 0 && foreign) {
      result = remember_link(run, parent.fd, op.target);
    }
  } else {
    failed(run, result, "statx", op.target);
  }
  close_parent(run, run.root, parent);
  return result;
}

namespace {

// A file on an overlay of ours shows the device of its layer. It lies in the same mount as the directory it is in, and that one counts.
int lies_in_own_directory(Run &run, const plan::Op &op, const struct statx &file, bool &own) {
  constexpr unsigned wanted = STATX_MNT_ID;
  own = false;
  if (type_of(file) == S_IFDIR || (file.stx_mask & wanted) == 0 || op.symlinks == MPLAN_SYMLINK_FOLLOW) {
    return 0;
  }
  char parent[PATH_MAX];
  base::Writer(parent, sizeof parent).text(std::string_view(op.target + 1, static_cast<size_t>(strrchr(op.target, '/') - op.target)));
  ScopedFd dir(run, lookup(run, run.root, parent, O_PATH | O_DIRECTORY));
  if (dir.get() < 0) {
    return failed(run, dir.get(), "openat2", op.target);
  }
  struct statx stat;
  int result = stat_fd(run, dir.get(), stat);
  own = result >= 0 && stat.stx_mnt_id == file.stx_mnt_id && is_own(run, stat);
  return result;
}

}  // namespace

int place_chmod(Run &run, Step &step) {
  const plan::Op &op = step.op;
  bool is_root = strcmp(op.target, "/") == 0;
  ScopedFd fd(run, is_root ? run.kernel.duplicate(run.root) : open_existing(run, op.target, op.symlinks, run.root));
  if (fd.get() < 0) {
    return is_root ? failed(run, fd.get(), "fcntl") : fd.get();
  }
  struct statx stat;
  int result = stat_fd(run, fd.get(), stat);
  if (result < 0) {
    return result;
  }
  bool own = is_own(run, stat);
  result = own ? 0 : lies_in_own_directory(run, op, stat, own);
  if (result < 0) {
    return result;
  }
  bool foreign = !own;
  if (foreign && (run.program.plan_flags & MPLAN_PLAN_CREATE) == 0) {
    return base::fail(run.failure, base::Kind::safety, EACCES, "it belongs to a tree of the caller, which the plan may not change");
  }
  result = set_mode(run, fd.get(), op.mode);
  if (result >= 0 && foreign) {
    Undo undo;
    undo.what = Undo::What::restore_mode;
    undo.fd = fd.release();
    undo.value = stat.stx_mode & 07777u;
    remember_undo(run, undo);
  }
  return result;
}

}  // namespace mountplan::engine
