/* SPDX-License-Identifier: MIT */
/*
 * The vocabulary of mounting, and single mounts without a plan.
 *
 * Each mplan_mount_ function is a plan of one op, carried out in place in the calling thread's mount namespace by the
 * same engine as every other plan: all or nothing, the target is never followed when it is a symbolic link. They need
 * CAP_SYS_ADMIN in the user namespace that owns the mount namespace, user_namespaces(7), which allows bind mounts and the
 * file system types below since the Linux version given with each.
 *
 * Threads: any; the mount namespace is that of the calling thread. Not safe in a signal handler.
 */
#ifndef MOUNTPLAN_MOUNT_H
#define MOUNTPLAN_MOUNT_H

#include <mountplan/attributes.h>
#include <mountplan/error.h>

/* File system types a user namespace may mount, with the Linux version that allowed it. */
#define MPLAN_TYPE_PROC "proc"       /* 3.8; needs a pid namespace of the same user namespace */
#define MPLAN_TYPE_SYSFS "sysfs"     /* 3.8; needs a network namespace of the same user namespace */
#define MPLAN_TYPE_DEVPTS "devpts"   /* 3.9 */
#define MPLAN_TYPE_TMPFS "tmpfs"     /* 3.9 */
#define MPLAN_TYPE_RAMFS "ramfs"     /* 3.9 */
#define MPLAN_TYPE_MQUEUE "mqueue"   /* 3.9; needs an ipc namespace of the same user namespace */
#define MPLAN_TYPE_BPF "bpf"         /* 4.4 */
#define MPLAN_TYPE_OVERLAY "overlay" /* 5.11 */

/* Conventional source names: what the mount table shows in the source column. */
#define MPLAN_SOURCE_NONE "none"           /* where the kernel ignores the source: remount, propagation */
#define MPLAN_SOURCE_PROC "proc"           /* of a proc */
#define MPLAN_SOURCE_DEVPTS "devpts"       /* of a devpts */
#define MPLAN_SOURCE_MQUEUE "mqueue"       /* of an mqueue */
#define MPLAN_SOURCE_OVERLAY "overlay"     /* of an overlay */
#define MPLAN_SOURCE_SYSFS "sysfs"         /* of a sysfs */
#define MPLAN_SOURCE_BPF "bpf"             /* of a bpf */
#define MPLAN_SOURCE_RAMFS "ramfs"         /* of a ramfs */
#define MPLAN_SOURCE_ROOTFS "rootfs"       /* tmpfs: the intermediate root */
#define MPLAN_SOURCE_DEVTMPFS "devtmpfs"   /* tmpfs: the minimal /dev */
#define MPLAN_SOURCE_EPHEMERAL "ephemeral" /* tmpfs: writable, gone with the sandbox */
#define MPLAN_SOURCE_READONLY "readonly"   /* tmpfs: read-only from the start */
#define MPLAN_SOURCE_TMPFS "tmpfs"         /* tmpfs: plain */

/* Names in an overlay option string, and its syntax. */
#define MPLAN_OVERLAY_LOWERDIR "lowerdir"   /* the layers below, top first */
#define MPLAN_OVERLAY_UPPERDIR "upperdir"   /* the layer that is written to */
#define MPLAN_OVERLAY_WORKDIR "workdir"     /* the kernel's own, on the file system of the upper directory */
#define MPLAN_OVERLAY_USERXATTR "userxattr" /* user.* attributes in the place of trusted.*, for user namespaces */
#define MPLAN_OVERLAY_ESCAPE "\\"           /* before a character that would end the path */
#define MPLAN_OVERLAY_OPTION_SEPARATOR ","  /* between options */
#define MPLAN_OVERLAY_PATH_SEPARATOR ":"    /* between lower layers */

MPLAN_BEGIN_DECLS

/* Flags of bind and remount, in plans and here. Unknown bits are -EINVAL. */
enum {
  MPLAN_BIND_WRITABLE = 1 << 0, /* leave it writable; the default is read-only */
  MPLAN_BIND_DEVICE = 1 << 1,   /* leave device nodes usable; the default is nodev */
  MPLAN_BIND_OPTIONAL = 1 << 2, /* plans: a missing source skips the op. Not with ENSURE */
  MPLAN_BIND_ENSURE = 1 << 3,   /* plans: a missing source directory is made, mode 0700. Not with OPTIONAL */
  MPLAN_BIND_RECURSIVE = 1 << 4 /* everything mounted below comes along. Always the case for bind in plans */
};

/*
 * Binds `source` (path, followed when it is a symbolic link) onto `target` (absolute path of an existing directory or
 * file of the same kind; not a symbolic link).
 *
 * flags: MPLAN_BIND_WRITABLE, MPLAN_BIND_DEVICE, MPLAN_BIND_RECURSIVE. nosuid is always set; ro and nodev unless asked
 * otherwise, on every mount that comes along, before the target shows any of it (with the classic backend: after the
 * mount, in the same call).
 * Returns 0. Errors: -EINVAL bad flag, NULL or relative target, NULL source; -ENOENT source or target missing; -EPERM no
 * privilege; -ENOTDIR or -EISDIR kinds differ; -ELOOP target is a symbolic link; -ENOSPC fs.mount-max reached; -ENOMEM;
 * else what open_tree(2), mount_setattr(2), move_mount(2) or mount(2) gave. On failure the mount table is as before. Since 0.1.0.
 */
MPLAN_API int mplan_mount_bind(const char *source, const char *target, uint64_t flags, mplan_error **err);

/*
 * Adds attributes to the mount at `target` (absolute path, must be on a mount): nosuid always, ro and nodev unless
 * MPLAN_BIND_WRITABLE and MPLAN_BIND_DEVICE say otherwise; with MPLAN_BIND_RECURSIVE to every visible mount below too.
 * Attributes are only ever added; the access time mode stays.
 * Returns 0. Errors: as mplan_mount_bind(); -EBUSY a file is open for writing; -EACCES a submount cannot be reached. On
 * failure nothing was changed where mount_setattr(2) exists; the classic backend may have done a part, which the error says.
 * Since 0.1.0.
 */
MPLAN_API int mplan_mount_remount(const char *target, uint64_t flags, mplan_error **err);

/*
 * Mounts a new tmpfs(5) on `target` (absolute path of an existing directory).
 *
 * name: source column of the mount table, NULL means MPLAN_SOURCE_TMPFS. size: bytes, 0 is the kernel's default (half of memory).
 * mode: permission of its root, <= 07777. flags: MPLAN_ATTR_ bits to set; nosuid and nodev are always set.
 * Returns 0. Errors: as mplan_mount_bind(); -ERANGE size above INT64_MAX. Since 0.1.0.
 */
MPLAN_API int mplan_mount_tmpfs(const char *name, const char *target, uint64_t size, uint32_t mode, uint64_t flags, mplan_error **err);

/*
 * The permission for missing parents of something with permission `mode`: 0755, less group read and search where `mode` gives
 * the group nothing, less others' read and search where it gives others nothing. Pure; never fails. Since 0.1.0.
 */
MPLAN_API uint32_t mplan_parent_mode(uint32_t mode);

/*
 * Escapes a path for a `lowerdir=` option string: a `\` before each `\`, `,` and `:`.
 *
 * text: `len` bytes, NULL only with len 0. out: `size` bytes, NULL only with size 0; receives as much as fits and a NUL.
 * Returns the length needed without the NUL, like snprintf(3), or -EINVAL. Pure. Since 0.1.0.
 */
MPLAN_API int64_t mplan_overlay_escape(const char *text, size_t len, char *out, size_t size);

MPLAN_END_DECLS

#endif
