// SPDX-License-Identifier: MIT
// The table of system calls, and the typed calls.
#include "kernel/kernel.hpp"

#include <sys/syscall.h>

namespace mountplan::kernel {

namespace {

struct Row {
  Call call;
  const char *name;
  long number;
};

// Numbers of calls younger than the oldest kernel headers we build with are the same on every architecture.
constexpr Row rows[] = {
    {Call::open_tree, "open_tree", 428},
    {Call::open_tree_attr, "open_tree_attr", 467},
    {Call::move_mount, "move_mount", 429},
    {Call::fsopen, "fsopen", 430},
    {Call::fsconfig, "fsconfig", 431},
    {Call::fsmount, "fsmount", 432},
    {Call::mount_setattr, "mount_setattr", 442},
    {Call::mount, "mount", SYS_mount},
    {Call::umount2, "umount2", SYS_umount2},
    {Call::pivot_root, "pivot_root", SYS_pivot_root},
    {Call::openat2, "openat2", 437},
    {Call::openat, "openat", SYS_openat},
    {Call::close, "close", SYS_close},
    {Call::dup3, "dup3", SYS_dup3},
    {Call::statx, "statx", SYS_statx},
    {Call::fstatfs, "fstatfs", SYS_fstatfs},
    {Call::statfs, "statfs", SYS_statfs},
    {Call::readlinkat, "readlinkat", SYS_readlinkat},
    {Call::mkdirat, "mkdirat", SYS_mkdirat},
    {Call::mknodat, "mknodat", SYS_mknodat},
    {Call::symlinkat, "symlinkat", SYS_symlinkat},
    {Call::unlinkat, "unlinkat", SYS_unlinkat},
    {Call::fchmodat, "fchmodat", SYS_fchmodat},
    {Call::fchmodat2, "fchmodat2", 452},
    {Call::fchmod, "fchmod", SYS_fchmod},
    {Call::fchownat, "fchownat", SYS_fchownat},
    {Call::read, "read", SYS_read},
    {Call::write, "write", SYS_write},
    {Call::pread64, "pread64", SYS_pread64},
    {Call::lseek, "lseek", SYS_lseek},
    {Call::poll, "ppoll", SYS_ppoll},
    {Call::getdents64, "getdents64", SYS_getdents64},
    {Call::fcntl, "fcntl", SYS_fcntl},
    {Call::ioctl, "ioctl", SYS_ioctl},
    {Call::chdir, "chdir", SYS_chdir},
    {Call::fchdir, "fchdir", SYS_fchdir},
    {Call::chroot, "chroot", SYS_chroot},
    {Call::umask, "umask", SYS_umask},
    {Call::mmap, "mmap", SYS_mmap},
    {Call::munmap, "munmap", SYS_munmap},
    {Call::listmount, "listmount", 458},
    {Call::statmount, "statmount", 457},
    {Call::unshare, "unshare", SYS_unshare},
    {Call::setns, "setns", SYS_setns},
    {Call::clone, "clone", SYS_clone},
    {Call::clone3, "clone3", 435},
    {Call::wait4, "wait4", SYS_wait4},
    {Call::waitid, "waitid", SYS_waitid},
    {Call::pipe2, "pipe2", SYS_pipe2},
    {Call::pidfd_open, "pidfd_open", 434},
    {Call::pidfd_send_signal, "pidfd_send_signal", 424},
    {Call::kill, "kill", SYS_kill},
    {Call::prctl, "prctl", SYS_prctl},
    {Call::capset, "capset", SYS_capset},
    {Call::capget, "capget", SYS_capget},
    {Call::setresuid, "setresuid", SYS_setresuid},
    {Call::setresgid, "setresgid", SYS_setresgid},
    {Call::setgroups, "setgroups", SYS_setgroups},
    {Call::getgroups, "getgroups", SYS_getgroups},
    {Call::geteuid, "geteuid", SYS_geteuid},
    {Call::getegid, "getegid", SYS_getegid},
    {Call::getpid, "getpid", SYS_getpid},
    {Call::getppid, "getppid", SYS_getppid},
    {Call::sethostname, "sethostname", SYS_sethostname},
    {Call::setsid, "setsid", SYS_setsid},
    {Call::execve, "execve", SYS_execve},
    {Call::exit_group, "exit_group", SYS_exit_group},
    {Call::rt_sigprocmask, "rt_sigprocmask", SYS_rt_sigprocmask},
    {Call::rt_sigaction, "rt_sigaction", SYS_rt_sigaction},
    {Call::close_range, "close_range", 436},
    {Call::socket, "socket", SYS_socket},
    {Call::rt_sigtimedwait, "rt_sigtimedwait", SYS_rt_sigtimedwait},
    {Call::prlimit64, "prlimit64", SYS_prlimit64},
    {Call::socketpair, "socketpair", SYS_socketpair},
    {Call::sendmsg, "sendmsg", SYS_sendmsg},
    {Call::recvmsg, "recvmsg", SYS_recvmsg},
};
static_assert(sizeof rows / sizeof rows[0] == static_cast<size_t>(Call::count));

constexpr bool in_order() {
  for (size_t i = 0; i < static_cast<size_t>(Call::count); i++) {
    if (rows[i].call != static_cast<Call>(i)) {
      return false;
    }
  }
  return true;
}
static_assert(in_order(), "rows are indexed by Call");

long pointer(const void *p) { return reinterpret_cast<long>(p); }

}  // namespace

const char *call_name(Call call) { return rows[static_cast<size_t>(call)].name; }
long call_number(Call call) { return rows[static_cast<size_t>(call)].number; }

#define RETURN_INT(...) return static_cast<int>(this->call(__VA_ARGS__))

int Kernel::open_tree(int dir, const char *path, unsigned flags) const { RETURN_INT(Call::open_tree, dir, pointer(path), flags); }
int Kernel::move_mount(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) const {
  RETURN_INT(Call::move_mount, from_dir, pointer(from), to_dir, pointer(to), flags);
}
int Kernel::fsopen(const char *type, unsigned flags) const { RETURN_INT(Call::fsopen, pointer(type), flags); }
int Kernel::fsconfig(int fd, unsigned command, const char *key, const void *value, int aux) const {
  RETURN_INT(Call::fsconfig, fd, command, pointer(key), pointer(value), aux);
}
int Kernel::fsmount(int fd, unsigned flags, unsigned attributes) const { RETURN_INT(Call::fsmount, fd, flags, attributes); }
int Kernel::mount_setattr(int dir, const char *path, unsigned flags, const MountAttr *attributes, size_t size) const {
  RETURN_INT(Call::mount_setattr, dir, pointer(path), flags, pointer(attributes), static_cast<long>(size));
}
int Kernel::mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data) const {
  RETURN_INT(Call::mount, pointer(source), pointer(target), pointer(type), static_cast<long>(flags), pointer(data));
}
int Kernel::umount2(const char *target, int flags) const { RETURN_INT(Call::umount2, pointer(target), flags); }
int Kernel::pivot_root(const char *new_root, const char *put_old) const {
  RETURN_INT(Call::pivot_root, pointer(new_root), pointer(put_old));
}
int Kernel::openat2(int dir, const char *path, const OpenHow *how, size_t size) const {
  RETURN_INT(Call::openat2, dir, pointer(path), pointer(how), static_cast<long>(size));
}
int Kernel::openat(int dir, const char *path, int flags, unsigned mode) const { RETURN_INT(Call::openat, dir, pointer(path), flags, mode); }
int Kernel::close(int fd) const { RETURN_INT(Call::close, fd); }
int Kernel::statx(int dir, const char *path, int flags, unsigned mask, struct ::statx *out) const {
  RETURN_INT(Call::statx, dir, pointer(path), flags, mask, pointer(out));
}
int Kernel::fstatfs(int fd, void *out) const { RETURN_INT(Call::fstatfs, fd, pointer(out)); }
int Kernel::readlinkat(int dir, const char *path, char *out, size_t size) const {
  RETURN_INT(Call::readlinkat, dir, pointer(path), pointer(out), static_cast<long>(size));
}
int Kernel::mkdirat(int dir, const char *path, unsigned mode) const { RETURN_INT(Call::mkdirat, dir, pointer(path), mode); }
int Kernel::symlinkat(const char *text, int dir, const char *path) const { RETURN_INT(Call::symlinkat, pointer(text), dir, pointer(path)); }
int Kernel::unlinkat(int dir, const char *path, int flags) const { RETURN_INT(Call::unlinkat, dir, pointer(path), flags); }
int Kernel::fchmodat(int dir, const char *path, unsigned mode) const { RETURN_INT(Call::fchmodat, dir, pointer(path), mode); }
int Kernel::fchmodat2(int dir, const char *path, unsigned mode, int flags) const {
  RETURN_INT(Call::fchmodat2, dir, pointer(path), mode, flags);
}
long Kernel::read(int fd, void *out, size_t size) const { return call(Call::read, fd, pointer(out), static_cast<long>(size)); }
long Kernel::write(int fd, const void *data, size_t size) const { return call(Call::write, fd, pointer(data), static_cast<long>(size)); }
long Kernel::pread(int fd, void *out, size_t size, int64_t offset) const {
  return call(Call::pread64, fd, pointer(out), static_cast<long>(size), static_cast<long>(offset));
}
long Kernel::lseek(int fd, int64_t offset, int whence) const { return call(Call::lseek, fd, static_cast<long>(offset), whence); }
int Kernel::poll(struct ::pollfd *fds, unsigned count, const struct ::timespec *timeout) const {
  constexpr long signal_set_size = 8;
  RETURN_INT(Call::poll, pointer(fds), count, pointer(timeout), 0, signal_set_size);
}
long Kernel::getdents64(int fd, void *out, size_t size) const { return call(Call::getdents64, fd, pointer(out), static_cast<long>(size)); }
int Kernel::duplicate(int fd, int minimum) const { RETURN_INT(Call::fcntl, fd, F_DUPFD_CLOEXEC, minimum); }

#undef RETURN_INT

}  // namespace mountplan::kernel
