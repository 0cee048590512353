// SPDX-License-Identifier: MIT
// Descriptors for calls that take only paths. The kernel lists them in /proc/thread-self/fd: with that list as the working directory, "N"
// is descriptor N. The list is opened once, and only where /proc is what it seems to be. Neither is looked up again, so what is mounted
// over them later, by others or by the plan itself, leads nobody astray.
#include <linux/sched.h>
#include <sys/vfs.h>

#include <cerrno>

#include "engine/check.hpp"
#include "engine/run.hpp"

namespace mountplan::engine {

namespace {

// "On" by mount and device: nothing is mounted in between.
bool on_same_mount(const struct statx &one, const struct statx &other) {
  bool known = (one.stx_mask & other.stx_mask & STATX_MNT_ID) != 0;  // Linux 5.8
  return device_of(one) == device_of(other) && (!known || one.stx_mnt_id == other.stx_mnt_id);
}

int no_procfs(Run &run) {
  return base::fail(run.failure, base::Kind::unsupported, EOPNOTSUPP,
                    "this needs a procfs at /proc, with nothing mounted over what it says of this process");
}

constexpr const char *list_name = "thread-self/fd";

// The root of a procfs at /proc.
int open_root(Run &run, struct statx &root) {
  ScopedFd proc(run, run.kernel.openat(kernel::at_cwd, "/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (proc.get() == -ENOENT || proc.get() == -ENOTDIR) {
    return no_procfs(run);
  }
  if (proc.get() < 0) {
    return failed(run, proc.get(), "openat", "/proc");
  }
  struct statfs file_system;
  if (int result = run.kernel.fstatfs(proc.get(), &file_system); result < 0) {
    return failed(run, result, "fstatfs", "/proc");
  }
  if (int result = stat_fd(run, proc.get(), root); result < 0) {
    return result;
  }
  bool real = file_system.f_type == kernel::proc_super_magic && root.stx_ino == kernel::proc_root_inode;
  return real ? proc.release() : no_procfs(run);
}

int open_list(Run &run) {
  struct statx root;
  ScopedFd proc(run, open_root(run, root));
  if (proc.get() < 0) {
    return proc.get();
  }
  ScopedFd list(run, run.kernel.openat(proc.get(), list_name, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (list.get() < 0) {
    return list.get() == -ENOENT ? no_procfs(run) : failed(run, list.get(), "openat", "/proc/thread-self/fd");
  }
  struct statx held;
  if (int result = stat_fd(run, list.get(), held); result < 0) {
    return result;
  }
  return on_same_mount(root, held) ? list.release() : no_procfs(run);
}

}  // namespace

int check_procfs(Run &run) {
  Quiet quiet(run.program);
  struct statx root;
  ScopedFd proc(run, open_root(run, root));
  if (proc.get() < 0) {
    return proc.get();
  }
  struct statx list;
  int result = run.kernel.statx(proc.get(), list_name, kernel::at_no_automount, STATX_BASIC_STATS | STATX_MNT_ID, &list);
  if (result < 0 && result != -ENOENT) {
    return failed(run, result, "statx", "/proc/thread-self/fd");
  }
  return result >= 0 && on_same_mount(root, list) ? 0 : no_procfs(run);
}

int need_procfs(Run &run) {
  if (run.descriptors >= 0) {
    return 0;
  }
  Quiet quiet(run.program);
  int list = open_list(run);
  if (list < 0) {
    return list;
  }
  run.descriptors = list;
  return 0;
}

int open_of_thread(Run &run, const char *name) {
  if (int result = need_procfs(run); result < 0) {
    return result;
  }
  char path[64];
  base::Writer(path, sizeof path).text("../").text(name);
  ScopedFd file(run, run.kernel.openat(run.descriptors, path, O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return failed(run, file.get(), "openat", path);
  }
  struct statx list;
  struct statx found;
  int result = stat_fd(run, run.descriptors, list);
  result = result < 0 ? result : stat_fd(run, file.get(), found);
  if (result < 0) {
    return result;
  }
  return on_same_mount(list, found) ? file.release() : no_procfs(run);
}

int read_descriptor_path(Run &run, int fd, char *out, size_t size) {
  if (int result = need_procfs(run); result < 0) {
    return result;
  }
  FdPath self(fd);
  int length = run.kernel.readlinkat(run.descriptors, self.text, out, size - 1);
  if (length < 0) {
    return failed(run, length, "readlinkat", self.text);
  }
  out[length] = '\0';
  return 0;
}

int leave_working_directory(Run &run) {
  if (run.left_working_directory) {
    return 0;
  }
  // Other threads must not find themselves elsewhere. Of a thread that shares it with nobody this changes nothing.
  auto result = static_cast<int>(run.kernel.call(kernel::Call::unshare, CLONE_FS));
  bool is_own = run.has(MPLAN_PREPARE_DEFERRED) && run.has(MPLAN_PREPARE_PIVOT);  // usually: that of a child made for this
  if (result < 0 && !(is_own && (result == -EPERM || result == -ENOSYS))) {
    return failed(run, result, "unshare");
  }
  run.working_directory = open_host(run, ".", O_PATH | O_DIRECTORY);
  if (run.working_directory < 0 && !run.has(MPLAN_PREPARE_PIVOT)) {  // which does not come back to it when all goes well
    return failed(run, run.working_directory, "openat", ".");
  }
  run.left_working_directory = true;
  return 0;
}

int enter_descriptors(Run &run) {
  if (run.among_descriptors) {
    return 0;
  }
  int result = need_procfs(run);
  result = result < 0 ? result : leave_working_directory(run);
  if (result < 0) {
    return result;
  }
  result = static_cast<int>(run.kernel.call(kernel::Call::fchdir, run.descriptors));
  if (result < 0) {
    return failed(run, result, "fchdir", "/proc/thread-self/fd");
  }
  run.among_descriptors = true;
  return 0;
}

void return_to_working_directory(Run &run) {
  if (run.left_working_directory && run.working_directory >= 0) {
    run.kernel.call(kernel::Call::fchdir, run.working_directory);
  }
  run.left_working_directory = run.among_descriptors = false;
  close_fd(run, run.working_directory);
  close_fd(run, run.descriptors);
}

FdPath::FdPath(int fd) { base::Writer(text, sizeof text).number(fd); }

}  // namespace mountplan::engine
