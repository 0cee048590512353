// SPDX-License-Identifier: MIT
// Advice by what failed. One row per known cause; the first that fits is taken.
#include <mountplan/plan.h>

#include <cerrno>
#include <cstring>

#include "diag/diag.hpp"
#include "kernel/kernel.hpp"

namespace mountplan::diag {

namespace {

using base::Failure;
using base::Kind;

constexpr uint32_t any_op = 0;
constexpr int any_error = 0;

struct Row {
  uint32_t op;       // MPLAN_OP_ or any_op
  const char *call;  // "" for a failure that is no system call, NULL for any
  int error;
  const char *path;  // begins or is this; NULL for any
  const char *text;
};

constexpr Row rows[] = {
    // Namespaces.
    {any_op, "clone", EPERM, nullptr,
     "without privilege a user namespace is needed too, and the system must allow it: see the sysctls kernel.unprivileged_userns_clone, "
     "kernel.apparmor_restrict_unprivileged_userns and user.max_user_namespaces"},
    {any_op, "clone3", EPERM, nullptr,
     "without privilege a user namespace is needed too, and the system must allow it: see the sysctls kernel.unprivileged_userns_clone, "
     "kernel.apparmor_restrict_unprivileged_userns and user.max_user_namespaces"},
    {any_op, "clone", ENOSPC, nullptr, "a limit on namespaces is reached: see the sysctls user.max_*_namespaces"},
    {any_op, "clone3", ENOSPC, nullptr, "a limit on namespaces is reached: see the sysctls user.max_*_namespaces"},
    {any_op, "clone", EINVAL, nullptr, "this kernel was built without one of the namespaces"},
    {any_op, "write", EPERM, "/proc/",
     "only the caller's own id may be mapped without privilege; more takes newuidmap and newgidmap and a range in /etc/subuid and "
     "/etc/subgid"},
    {any_op, "write", EINVAL, "/proc/",
     "ranges of an id map must not overlap, and what they map must exist in the caller's user namespace"},
    // The program.
    {any_op, "execve", ENOENT, nullptr, "the path is looked up inside the new root: bind the program, its interpreter and its libraries"},
    {any_op, "execve", EACCES, nullptr, "the file is not executable for this user, or its mount is noexec"},
    // proc and friends.
    {MPLAN_OP_PROC, nullptr, EPERM, nullptr,
     "in a user namespace proc needs a new pid namespace, and no part of the caller's own /proc may be covered by other mounts"},
    {MPLAN_OP_SYSFS, nullptr, EPERM, nullptr,
     "in a user namespace sysfs needs a new network namespace, and no part of the caller's own /sys may be covered by other mounts"},
    {MPLAN_OP_MQUEUE, nullptr, EPERM, nullptr, "in a user namespace mqueue needs a new ipc namespace"},
    {MPLAN_OP_DEV, nullptr, EPERM, nullptr, "in a user namespace devpts and mqueue need namespaces that belong to it"},
    // Privilege.
    {any_op, "open_tree", EPERM, nullptr, "mounting needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace"},
    {any_op, "fsopen", EPERM, "bpf", "a bpf file system can not be mounted in a user namespace on this kernel"},
    {MPLAN_OP_BPF, nullptr, EPERM, nullptr, "a bpf file system can not be mounted in a user namespace on this kernel"},
    {any_op, "fsopen", EPERM, nullptr, "mounting needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace"},
    {any_op, "fsopen", ENODEV, nullptr, "this kernel does not have that file system, or its module is not loaded"},
    {any_op, "mount", ENODEV, nullptr, "this kernel does not have that file system, or its module is not loaded"},
    // Overlay.
    {MPLAN_OP_OVERLAY, nullptr, ELOOP, nullptr, "two layers overlap: one of them lies inside another"},
    {MPLAN_OP_OVERLAY, nullptr, EBUSY, nullptr, "the upper or work directory is in use by another overlay"},
    {MPLAN_OP_OVERLAY, nullptr, EXDEV, nullptr, "upper and work directory must be on the same mount"},
    {MPLAN_OP_OVERLAY, "fsconfig", EINVAL, nullptr,
     "upper and work directory must be on the same writable mount of a file system that overlayfs can use, and work must be empty"},
    {MPLAN_OP_OVERLAY, "mount", EINVAL, nullptr,
     "upper and work directory must be on the same writable mount of a file system that overlayfs can use, and work must be empty"},
    {MPLAN_OP_OVERLAY, nullptr, EROFS, nullptr, "the upper and work directories must be writable"},
    {MPLAN_OP_OVERLAY, nullptr, ESTALE, nullptr, "the upper directory was used with other lower layers before"},
    // Trees of the caller.
    {MPLAN_OP_CHMOD, "", EACCES, nullptr, "allow the plan to change the caller's trees (MPLAN_PLAN_CREATE)"},
    {any_op, "", ENOENT, nullptr, "make it beforehand, or allow the plan to create mount points (MPLAN_PLAN_CREATE)"},
    {any_op, "mkdirat", EROFS, nullptr,
     "the mount point is missing in a read-only tree: make it beforehand, or mount something writable there first"},
    {any_op, "openat", EROFS, nullptr,
     "the mount point is missing in a read-only tree: make it beforehand, or mount something writable there first"},
    {any_op, "symlinkat", EROFS, nullptr, "an earlier op made this part of the root read-only: move the link before it"},
    {any_op, "", ELOOP, nullptr, "name the place the link leads to, or set the op's symlink policy (mplan_op_set_symlinks)"},
    {any_op, "openat2", ELOOP, nullptr, "a magic link of procfs, or too many symbolic links, lie on the way; they are never followed"},
    // Sources.
    {MPLAN_OP_BIND, "openat", ENOENT, nullptr,
     "the source does not exist; an optional bind skips it (MPLAN_BIND_OPTIONAL), ensure makes it (MPLAN_BIND_ENSURE)"},
    {MPLAN_OP_BIND, "open_tree", EINVAL, nullptr,
     "the source is unbindable, or holds mounts that are locked together with it, or belongs to another mount namespace"},
    {MPLAN_OP_BIND, "mount", EINVAL, nullptr,
     "the source is unbindable, or holds mounts that are locked together with it, or belongs to another mount namespace"},
    // Attributes.
    {any_op, "mount_setattr", EPERM, nullptr,
     "an attribute that is locked by another user namespace can not be cleared, nor a mount idmapped without privilege"},
    {any_op, "mount_setattr", EBUSY, nullptr, "something below is open for writing"},
    {any_op, "mount_setattr", EINVAL, nullptr, "that is not a mount point, or this kernel does not know one of the attributes"},
    {any_op, "mount", EBUSY, nullptr, "something is open for writing, or in use"},
    // Root and table.
    {any_op, "pivot_root", EINVAL, nullptr,
     "the root file system may be an initramfs, which can not be pivoted away from, or its parent mount is shared"},
    {any_op, "umount2", EINVAL, nullptr, "it is not a mount point, or it is locked together with mounts of another user namespace"},
    {any_op, "umount2", ENOENT, nullptr, "detaching by descriptor needs a procfs at /proc"},
    {any_op, nullptr, EMFILE, nullptr, "the process has too many open files: see RLIMIT_NOFILE"},
    {any_op, nullptr, ENFILE, nullptr, "the system has too many open files: see the sysctl fs.file-max"},
};

bool matches(const Row &row, const Failure &failure) {
  if (row.op != any_op && (failure.op < 0 || row.op != failure.op_kind)) {
    return false;
  }
  if (row.call != nullptr && strcmp(row.call, failure.call) != 0) {
    return false;
  }
  if (row.error != any_error && row.error != failure.error) {
    return false;
  }
  return row.path == nullptr || strncmp(failure.path, row.path, strlen(row.path)) == 0;
}

// "the limit of 100000 mounts ..." with the number of this system.
const char *mount_limit(char *buffer, size_t size) {
  char text[32] = "";
  int fd = kernel::live.openat(kernel::at_cwd, "/proc/sys/fs/mount-max", O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    long length = kernel::live.read(fd, text, sizeof text - 1);
    kernel::live.close(fd);
    text[length > 0 ? static_cast<size_t>(length) : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
  }
  base::Writer out(buffer, size);
  out.text("the mount namespace is full: the sysctl fs.mount-max allows ")
      .text(text[0] != '\0' ? text : "no more")
      .text(text[0] != '\0' ? " mounts" : "");
  return buffer;
}

}  // namespace

const char *hint(const Failure &failure, char *buffer, size_t size) {
  bool attaches = strcmp(failure.call, "move_mount") == 0 || strcmp(failure.call, "mount") == 0;
  if (failure.error == ENOSPC && attaches) {
    return mount_limit(buffer, size);
  }
  if (failure.kind == Kind::argument || failure.kind == Kind::parse || failure.kind == Kind::validation || failure.kind == Kind::nomem) {
    return nullptr;  // the detail says it
  }
  if (failure.kind == Kind::unsupported) {
    return failure.call[0] != '\0' ? "leave the choice of the backend to the library (MPLAN_BACKEND_AUTO)" : nullptr;
  }
  for (const Row &row : rows) {
    if (matches(row, failure)) {
      return row.text;
    }
  }
  return nullptr;
}

}  // namespace mountplan::diag
