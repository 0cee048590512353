// SPDX-License-Identifier: MIT
// bind: a clone of a host tree, private and with its attributes in force before it shows anywhere.
#include <mountplan/plan.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "engine/run.hpp"
#include "engine/verify.hpp"
#include "path/clean.hpp"

namespace mountplan::engine {

int open_host(Run &run, const char *path, int flags) {
  for (;;) {
    int fd = run.kernel.openat(kernel::at_cwd, path, flags | O_CLOEXEC);
    if (fd != -EINTR) {
      return fd;
    }
  }
}

namespace {

// A directory that was just made for ENSURE, the first `length` bytes of `path` and all of `part`: told to the caller, and taken back when
// the plan fails.
int remember_source(Run &run, const char *path, char *part, size_t length) {
  size_t start = length;
  while (start > 0 && part[start - 1] != '/') {
    start--;
  }
  char first = part[start];
  part[start] = '\0';
  ScopedFd parent(run, open_host(run, start == 0 ? "." : part, O_PATH | O_DIRECTORY));
  part[start] = first;
  if (parent.get() < 0) {
    run.kernel.unlinkat(kernel::at_cwd, part, kernel::at_removedir);
    return failed(run, parent.get(), "openat", part);
  }
  ScopedFd made(run, run.kernel.openat(parent.get(), part + start, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  return remember_made(run, parent.get(), path, length, true, made.get());
}

// mkdir -p on the host, mode 0700, for ENSURE. Links among the parents are followed: it is the caller's own path.
int ensure_source(Run &run, const char *path) {
  size_t length = strlen(path);
  char part[PATH_MAX];
  if (length >= sizeof part) {
    return failed(run, -ENAMETOOLONG, "mkdirat", path);
  }
  memcpy(part, path, length + 1);
  for (size_t i = 1; i <= length; i++) {
    if (i < length && path[i] != '/') {
      continue;
    }
    part[i] = '\0';
    int result = run.kernel.mkdirat(kernel::at_cwd, part, 0700);
    if (result < 0 && result != -EEXIST) {
      return failed(run, result, "mkdirat", part);
    }
    if (result == 0) {
      if (result = remember_source(run, path, part, i); result < 0) {
        return result;
      }
    }
    part[i] = path[i];
  }
  return 0;
}

int resolve_path(Run &run, Step &step) {
  const plan::Op &op = step.op;
  int fd = open_host(run, op.source, O_PATH);
  if (fd == -ENOENT && (op.flags & MPLAN_BIND_OPTIONAL) != 0) {
    step.skipped = true;
    return 0;
  }
  if (fd == -ENOENT && (op.flags & MPLAN_BIND_ENSURE) != 0) {
    if (int result = ensure_source(run, op.source); result < 0) {
      return result;
    }
    fd = open_host(run, op.source, O_PATH);
  }
  return fd < 0 ? failed(run, fd, "openat", op.source) : fd;
}

// The plan's own descriptor, or something beneath it.
int resolve_descriptor(Run &run, Step &step) {
  const plan::Op &op = step.op;
  int fd = op.source_path == nullptr ? run.kernel.duplicate(op.source_fd) : lookup(run, op.source_fd, op.source_path, O_PATH);
  if (fd == -ENOENT && (op.flags & MPLAN_BIND_OPTIONAL) != 0) {
    step.skipped = true;
    return 0;
  }
  return fd < 0 ? failed(run, fd, op.source_path == nullptr ? "fcntl" : "openat2", op.source_path) : fd;
}

// Opens the path that a descriptor has. By now the new root may lie on the place it is built at; what is beneath it is found from there.
int open_again(Run &run, const char *path) {
  constexpr int flags = O_PATH | O_NOFOLLOW;
  if (run.place < 0) {
    return open_host(run, path, flags);
  }
  char place[PATH_MAX];
  if (int result = read_descriptor_path(run, run.place, place, sizeof place); result < 0) {
    return result;
  }
  if (!path::has_prefix(path, place)) {
    return open_host(run, path, flags);
  }
  const char *below = path + strlen(place);
  below += below[0] == '/' ? 1 : 0;
  return below[0] == '\0' ? run.kernel.duplicate(run.place) : run.kernel.openat(run.place, below, flags | O_CLOEXEC);
}

// A descriptor that was opened in another mount namespace (before an unshare) is of no use to open_tree(2) and mount(2) here. Its path is
// asked for, opened here, and must lead to the same file.
int find_here(Run &run, int source) {
  char path[PATH_MAX];
  if (int result = read_descriptor_path(run, source, path, sizeof path); result < 0) {
    return result;
  }
  int fd = open_again(run, path);
  if (fd < 0) {
    return failed(run, fd, "openat", path);
  }
  struct statx wanted;
  struct statx found;
  int result = stat_fd(run, source, wanted);
  if (result >= 0) {
    result = stat_fd(run, fd, found);
  }
  if (result >= 0 && (wanted.stx_ino != found.stx_ino || device_of(wanted) != device_of(found))) {
    base::Writer(run.failure.path, sizeof run.failure.path).text(path);
    result =
        base::fail(run.failure, base::Kind::safety, ESTALE, "the descriptor's path leads to something else in the new mount namespace");
  }
  if (result < 0) {
    close_fd(run, fd);
    return result;
  }
  return fd;
}

// The directory that a helper listed: with DEFERRED, as it is in the mount namespace of apply, for this step and those that follow.
int find_listing(Run &run, int listed) {
  int here = find_here(run, listed);
  if (here < 0) {
    return here;
  }
  for (Step &step : run.program.steps) {
    step.op.source_fd = step.op.source_fd == listed ? here : step.op.source_fd;
  }
  for (int &fd : run.program.plan_fds) {
    if (fd == listed) {
      close_fd(run, fd);
      fd = here;
    }
  }
  return 0;
}

// What a helper has listed, never followed: whoever put a link in its place since then decides nothing.
int resolve_listed(Run &run, Step &step) {
  if (step.finds_listing && run.has(MPLAN_PREPARE_DEFERRED)) {
    if (int result = find_listing(run, step.op.source_fd); result < 0) {
      return result;
    }
  }
  if (step.op.source_path == nullptr) {
    return resolve_descriptor(run, step);
  }
  int fd = run.kernel.openat(step.op.source_fd, step.op.source_path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd == -ENOENT) {
    step.skipped = true;
    return 0;
  }
  return fd < 0 ? failed(run, fd, "openat", step.op.source) : fd;
}

}  // namespace

int resolve_bind(Run &run, Step &step) {
  int (*resolve)(Run &, Step &) = step.from_helper ? resolve_listed : step.op.source_fd >= 0 ? resolve_descriptor : resolve_path;
  int fd = resolve(run, step);
  if (fd < 0 || step.skipped) {
    return fd;
  }
  step.source = fd;
  struct statx stat;
  if (int result = stat_fd(run, fd, stat); result < 0) {
    return result;
  }
  step.source_type = type_of(stat);
  if (step.source_type == S_IFLNK && step.from_helper) {
    base::Writer(run.failure.path, sizeof run.failure.path).text(step.op.source);
    return base::fail(run.failure, base::Kind::safety, ELOOP, "it has become a symbolic link since its directory was listed");
  }
  if (step.source_type == S_IFLNK) {
    return base::fail(run.failure, base::Kind::state, ELOOP, "the source descriptor is a symbolic link");
  }
  return 0;
}

int clone_source(Run &run, int source, bool recursive, bool handed_in) {
  int mount = run.backend->clone(run, source, recursive);
  if (mount != -EINVAL || !handed_in || !run.has(MPLAN_PREPARE_DEFERRED)) {
    return mount;
  }
  forget_failure(run);
  ScopedFd here(run, find_here(run, source));
  if (here.get() < 0) {
    return here.get();
  }
  return run.backend->clone(run, here.get(), recursive);
}

int build_bind(Run &run, Step &step) {
  int mount = clone_source(run, step.source, step.op.recursive, step.op.source_fd >= 0 && step.op.kind != MPLAN_OP_FILE);
  if (mount < 0) {
    return mount;
  }
  Change change;
  change.set = step.op.attributes();
  change.propagation = MPLAN_PROPAGATION_PRIVATE;
  change.idmap_fd = step.op.idmap_fd;
  change.recursive = true;
  if (int result = run.backend->change(run, mount, change); result < 0) {
    close_fd(run, mount);
    return result;
  }
  close_fd(run, step.source);
  step.mount = mount;
  step.made_tree = step.op.recursive;
  return 0;
}

int attach(Run &run, const Step &step, int &mount, int target, const Expected &expected) {
  if (int result = note_placed(run, &step, mount, expected); result < 0) {
    return result;
  }
  int result = run.backend->attach(run, mount, target);
  if (result >= 0 && run.has(MPLAN_PREPARE_IN_PLACE)) {
    Undo undo;
    undo.what = Undo::What::detach;
    undo.fd = mount;
    remember_undo(run, undo);
    mount = no_fd;
  }
  return result;
}

int place_mount(Run &run, Step &step) {
  bool directory = step.source_type == S_IFDIR;
  ScopedFd target(run, open_target(run, step, run.root, step.op.target, directory, step.parent_mode));
  return target.get() < 0 ? target.get() : attach(run, step, step.mount, target.get(), expected_of(step));
}

}  // namespace mountplan::engine
