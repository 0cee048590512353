// SPDX-License-Identifier: MIT
#include "spawn/procfile.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>

#include "base/writer.hpp"
#include "kernel/process.hpp"

namespace mountplan::spawn {

namespace {

constexpr int path_size = 64;

// 1, 0 or -errno.
int is_procfs(const kernel::Kernel &kernel, int fd) {
  struct statfs status = {};
  int result = kernel.fstatfs(fd, &status);
  return result < 0 ? result : status.f_type == kernel::proc_super_magic;
}

// 1 for the root of a procfs, 0 for another file system or a part of one, or -errno.
int is_procfs_root(const kernel::Kernel &kernel, int fd, base::Failure &failure) {
  struct statx status = {};
  int result = kernel.statx(fd, "", kernel::at_empty_path, STATX_INO, &status);
  if (result < 0) {
    return fail_call(failure, result, "statx", "/proc");
  }
  result = is_procfs(kernel, fd);
  if (result < 0) {
    return fail_call(failure, result, "fstatfs", "/proc");
  }
  return result == 1 && status.stx_ino == kernel::proc_root_inode ? 1 : 0;
}

int open_proc(const kernel::Kernel &kernel, base::Failure &failure) {
  int proc = kernel.openat(kernel::at_cwd, "/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (proc < 0) {
    return fail_call(failure, proc, "openat", "/proc");
  }
  int is_root = is_procfs_root(kernel, proc, failure);
  if (is_root == 1) {
    return proc;
  }
  kernel.close(proc);
  return is_root < 0 ? is_root : fail(failure, base::Kind::safety, EXDEV, "/proc is no procfs");
}

int open_beneath(const kernel::Kernel &kernel, int proc, const char *path, int flags) {
  kernel::OpenHow how;
  how.flags = static_cast<uint64_t>(flags);
  how.resolve = kernel::resolve_beneath | kernel::resolve_no_xdev | kernel::resolve_no_symlinks;
  int fd = kernel.openat2(proc, path, &how, sizeof how);
  if (fd != -ENOSYS && fd != -EPERM) {
    return fd;
  }
  // Without openat2 the file system is all that can be checked: a mount of another file of procfs goes unseen.
  fd = kernel.openat(proc, path, flags | O_NOFOLLOW);
  if (fd < 0) {
    return fd;
  }
  int checked = is_procfs(kernel, fd);
  if (checked != 1) {
    kernel.close(fd);
    return checked < 0 ? checked : -EXDEV;
  }
  return fd;
}

int open_file(const kernel::Kernel &kernel, const char *path, int flags, base::Failure &failure) {
  int proc = open_proc(kernel, failure);
  if (proc < 0) {
    return proc;
  }
  int fd = open_beneath(kernel, proc, path + sizeof "/proc/" - 1, flags | O_CLOEXEC);
  kernel.close(proc);
  if (fd < 0) {
    fail_call(failure, fd, "openat", path);
    if (fd == -EACCES) {
      // The usual reason, and one that nobody guesses: the process's files in /proc belong to root then.
      base::Writer(failure.detail, sizeof failure.detail)
          .text("the calling process may be undumpable, PR_SET_DUMPABLE of prctl(2), after a change of its ids");
    }
  }
  return fd;
}

void write_path(char (&path)[path_size], int pid, const char *name) {
  base::Writer(path, sizeof path).text("/proc/").number(pid).text("/").text(name);
}

}  // namespace

int write_proc_file(const kernel::Kernel &kernel, int pid, const char *name, std::string_view text, base::Failure &failure) {
  char path[path_size];
  write_path(path, pid, name);
  int fd = open_file(kernel, path, O_WRONLY, failure);
  if (fd < 0) {
    return fd;
  }
  long written;
  do {
    written = kernel.write(fd, text.data(), text.size());
  } while (written == -EINTR);
  kernel.close(fd);
  if (written >= 0 && written != static_cast<long>(text.size())) {
    written = -EIO;
  }
  return written < 0 ? fail_call(failure, static_cast<int>(written), "write", path) : 0;
}

long read_proc_file(const kernel::Kernel &kernel, int pid, const char *name, char *out, size_t size, base::Failure &failure) {
  char path[path_size];
  write_path(path, pid, name);
  int fd = open_file(kernel, path, O_RDONLY, failure);
  if (fd < 0) {
    return fd;
  }
  long got = kernel::read_all(kernel, fd, out, size - 1);
  kernel.close(fd);
  if (got < 0) {
    return fail_call(failure, static_cast<int>(got), "read", path);
  }
  out[got] = '\0';
  return got;
}

}  // namespace mountplan::spawn
