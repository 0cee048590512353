// SPDX-License-Identifier: MIT
// The door to the kernel. Everything the library asks of it goes through one function pointer with the call's number and
// its raw arguments; so a kernel that records, replays or fails is one function, not one per system call.
// The typed calls below it are what the rest of the library uses: they return what the system call returns, or -errno.
#pragma once

#include <fcntl.h>
#include <linux/types.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "kernel/constants.hpp"

struct statx;
struct open_how;
struct pollfd;
struct timespec;

namespace mountplan::kernel {

// One row of data per system call lives in calls.cpp: number, name, how its arguments are shown.
enum class Call : uint8_t {
  open_tree,
  open_tree_attr,
  move_mount,
  fsopen,
  fsconfig,
  fsmount,
  mount_setattr,
  mount,
  umount2,
  pivot_root,
  openat2,
  openat,
  close,
  dup3,
  statx,
  fstatfs,
  statfs,
  readlinkat,
  mkdirat,
  mknodat,
  symlinkat,
  unlinkat,
  fchmodat,
  fchmodat2,
  fchmod,
  fchownat,
  read,
  write,
  pread64,
  lseek,
  poll,
  getdents64,
  fcntl,
  ioctl,
  chdir,
  fchdir,
  chroot,
  umask,
  mmap,
  munmap,
  listmount,
  statmount,
  unshare,
  setns,
  clone,
  clone3,
  wait4,
  waitid,
  pipe2,
  pidfd_open,
  pidfd_send_signal,
  kill,
  prctl,
  capset,
  capget,
  setresuid,
  setresgid,
  setgroups,
  getgroups,
  geteuid,
  getegid,
  getpid,
  getppid,
  sethostname,
  setsid,
  execve,
  exit_group,
  rt_sigprocmask,
  rt_sigaction,
  close_range,
  socket,
  rt_sigtimedwait,
  prlimit64,
  socketpair,
  sendmsg,
  recvmsg,
  count
};

struct Kernel {
  void *self;
  long (*invoke)(void *self, Call call, const long args[6]);

  long call(Call number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) const {
    const long args[6] = {a, b, c, d, e, f};
    return invoke(self, number, args);
  }

  int open_tree(int dir, const char *path, unsigned flags) const;
  int move_mount(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) const;
  int fsopen(const char *type, unsigned flags) const;
  int fsconfig(int fd, unsigned command, const char *key, const void *value, int aux) const;
  int fsmount(int fd, unsigned flags, unsigned attributes) const;
  int mount_setattr(int dir, const char *path, unsigned flags, const MountAttr *attributes, size_t size) const;
  int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data) const;
  int umount2(const char *target, int flags) const;
  int pivot_root(const char *new_root, const char *put_old) const;
  int openat2(int dir, const char *path, const OpenHow *how, size_t size) const;
  int openat(int dir, const char *path, int flags, unsigned mode = 0) const;
  int close(int fd) const;
  int statx(int dir, const char *path, int flags, unsigned mask, struct ::statx *out) const;
  int fstatfs(int fd, void *out) const;  // struct statfs
  int readlinkat(int dir, const char *path, char *out, size_t size) const;
  int mkdirat(int dir, const char *path, unsigned mode) const;
  int symlinkat(const char *text, int dir, const char *path) const;
  int unlinkat(int dir, const char *path, int flags) const;
  int fchmodat(int dir, const char *path, unsigned mode) const;
  int fchmodat2(int dir, const char *path, unsigned mode, int flags) const;
  long read(int fd, void *out, size_t size) const;
  long write(int fd, const void *data, size_t size) const;
  long pread(int fd, void *out, size_t size, int64_t offset) const;
  long lseek(int fd, int64_t offset, int whence) const;
  int poll(struct ::pollfd *fds, unsigned count, const struct ::timespec *timeout) const;  // ppoll, signal mask as it is
  long getdents64(int fd, void *out, size_t size) const;
  int duplicate(int fd, int minimum = 3) const;  // F_DUPFD_CLOEXEC
};

// The real one. Stateless: system calls without libc wrappers, errno is not touched.
extern const Kernel live;

// "move_mount" for Call::move_mount; static.
const char *call_name(Call call);
// The number the running architecture uses.
long call_number(Call call);

}  // namespace mountplan::kernel
