/* SPDX-License-Identifier: MIT */
/*
 * The mount plan: an ordered list of ops, each one thing to do at one target. A pure description: building, inspecting and
 * validating a plan touches nothing.
 *
 * Rules for every adder (mplan_plan_bind() ... mplan_plan_etc()) and modifier (mplan_op_...()):
 *  - `plan` is not NULL. Strings are copied; file descriptors are duplicated (close-on-exec) and stay the caller's.
 *  - `target` is an absolute path inside the new root, at most 4095 bytes, no component above 255 bytes and none that is `..`;
 *    `.` components and repeated slashes are cleaned away. It is resolved inside the new root when the plan is applied.
 *  - Modes are permission bits, at most 07777. Flags are a set; a bit that is not named for the op is -EINVAL.
 *  - Adders return the op's index (>= 0, counting from 0); modifiers take it and return 0.
 *  - Errors: -EINVAL argument not acceptable (kind ARGUMENT, the detail says which and why; the plan is as before); -ENAMETOOLONG;
 *    -EBADF not an open descriptor; -ERANGE no such op; -EOPNOTSUPP the modifier does not fit the op; -EALREADY a helper that may be
 *    used once ("etc is not repeatable"); -ENOMEM; -EMFILE.
 *  - A plan may be used by one thread at a time; different plans by different threads. Not safe in a signal handler. Since 0.1.0.
 */
#ifndef MOUNTPLAN_PLAN_H
#define MOUNTPLAN_PLAN_H

#include <mountplan/mount.h>

MPLAN_BEGIN_DECLS

/* A plan: its ops in order, and its settings. */
typedef struct mplan_plan mplan_plan;

/* Kinds of op. mplan_op_kind_name() gives the name used in messages. */
enum {
  MPLAN_OP_BIND = 1,         /* mplan_plan_bind(), mplan_plan_bind_fd() */
  MPLAN_OP_REMOUNT = 2,      /* mplan_plan_remount() */
  MPLAN_OP_TMPFS = 3,        /* mplan_plan_tmpfs() */
  MPLAN_OP_PROC = 4,         /* mplan_plan_proc() */
  MPLAN_OP_SYSFS = 5,        /* mplan_plan_sysfs() */
  MPLAN_OP_DEVPTS = 6,       /* mplan_plan_devpts() */
  MPLAN_OP_MQUEUE = 7,       /* mplan_plan_mqueue() */
  MPLAN_OP_BPF = 8,          /* mplan_plan_bpf() */
  MPLAN_OP_RAMFS = 9,        /* mplan_plan_ramfs() */
  MPLAN_OP_DEV = 10,         /* mplan_plan_dev() */
  MPLAN_OP_OVERLAY = 11,     /* mplan_plan_overlay() */
  MPLAN_OP_DIR = 12,         /* mplan_plan_dir() */
  MPLAN_OP_FILE = 13,        /* mplan_plan_file(), mplan_plan_file_fd() */
  MPLAN_OP_SYMLINK = 14,     /* mplan_plan_symlink() */
  MPLAN_OP_CHMOD = 15,       /* mplan_plan_chmod() */
  MPLAN_OP_MASK = 16,        /* mplan_plan_mask() */
  MPLAN_OP_PROPAGATION = 17, /* mplan_plan_propagation() */
  MPLAN_OP_MOVE = 18,        /* mplan_plan_move() */
  MPLAN_OP_UNMOUNT = 19,     /* mplan_plan_unmount() */
  MPLAN_OP_ROOT = 20,        /* mplan_plan_root() */
  MPLAN_OP_ETC = 21          /* mplan_plan_etc() */
};

/*
 * Flags of mplan_plan_remount(): what it does about trouble with a mount below. The default is to fail, with all of them as before. With
 * one of these a tree that can not be changed as a whole is changed mount by mount, and what another mount covers stays as it is.
 */
enum {
  MPLAN_REMOUNT_BEST_EFFORT = 1 << 8,   /* skip a mount that refuses (EACCES, EPERM); each is told by an event */
  MPLAN_REMOUNT_SKIP_AUTOFS = 1 << 9,   /* skip automount points and dead automounts */
  MPLAN_REMOUNT_SKIP_VANISHED = 1 << 10 /* skip a mount that is gone when its turn comes */
};

/* Flags of mplan_plan_tmpfs(). */
enum {
  MPLAN_TMPFS_READONLY = 1 << 0 /* read-only from the start; the default is writable ("ephemeral") */
};

/* Flags of mplan_plan_proc(), proc(5). At most one HIDEPID. */
enum {
  MPLAN_PROC_HIDEPID_NOACCESS = 1 << 0,   /* hidepid=noaccess: other users' directories can not be read */
  MPLAN_PROC_HIDEPID_INVISIBLE = 1 << 1,  /* hidepid=invisible: nor seen */
  MPLAN_PROC_HIDEPID_PTRACEABLE = 1 << 2, /* hidepid=ptraceable: only processes that may be traced are seen; Linux 5.8 */
  MPLAN_PROC_SUBSET_PID = 1 << 3,         /* only the process directories */
  /*
   * What to do where the kernel refuses a new proc (-EPERM), as it does in a user namespace while a mount covers part of the caller's own;
   * tried in this order. Without them that is an error, which names the covering mount. The calls that were made instead are events.
   */
  MPLAN_PROC_FALLBACK_SUBSET = 1 << 4, /* one with only the process directories, which some kernels refuse too */
  MPLAN_PROC_FALLBACK_BIND = 1 << 5 /* the caller's own /proc, read-only with all that is mounted in it: it shows the caller's processes */
};

/* Flags of mplan_plan_dev(). */
enum {
  MPLAN_DEV_WRITABLE = 1 << 0, /* leave /dev itself writable; then there is no separate tmpfs on shm */
  MPLAN_DEV_MQUEUE = 1 << 1,   /* a POSIX message queue file system on mqueue */
  MPLAN_DEV_CONSOLE = 1 << 2   /* console is a bind of the terminal on file descriptor 1; skipped where that is no terminal */
};

/* Flags of mplan_plan_overlay(). At most one of EPHEMERAL and READONLY; neither means persistent. */
enum {
  MPLAN_OVERLAY_EPHEMERAL = 1 << 0,     /* upper and work directory on a nameless tmpfs, gone with the sandbox */
  MPLAN_OVERLAY_READONLY = 1 << 1,      /* no upper directory; one lower layer alone becomes a read-only bind */
  MPLAN_OVERLAY_DEVICE = 1 << 2,        /* leave device nodes usable; the default is nodev */
  MPLAN_OVERLAY_TRUSTED_XATTR = 1 << 3, /* never userxattr; the default is userxattr where trusted.* is not allowed */
  MPLAN_OVERLAY_REDIRECT_DIR = 1 << 4,  /* redirect_dir=on: directories can be renamed */
  MPLAN_OVERLAY_METACOPY = 1 << 5,      /* metacopy=on: a change of owner or permission copies no content */
  MPLAN_OVERLAY_INDEX = 1 << 6,         /* index=on: hard links stay together */
  MPLAN_OVERLAY_VOLATILE = 1 << 7,      /* volatile: nothing is synced; the upper directory is lost in a crash */
  MPLAN_OVERLAY_XINO = 1 << 8           /* xino=on: inode numbers are unique across the layers */
};

/* Flags of mplan_plan_file() and mplan_plan_file_fd(). */
enum {
  MPLAN_FILE_WRITABLE = 1 << 0, /* the placed file may be written by the sandbox; the default is read-only */
  MPLAN_FILE_COPY = 1 << 1      /* a plain file with this content instead of a mount; only in trees that are ours, unless the
                                   plan allows to create */
};

/* Flags of mplan_plan_symlink(). */
enum {
  MPLAN_SYMLINK_DEREFERENCE = 1 << 0 /* `text` is the absolute path of a link on the host; its text is taken */
};

/* Flags of mplan_plan_propagation(), with exactly one MPLAN_PROPAGATION_ type beside. */
enum {
  MPLAN_PROPAGATION_RECURSIVE = 1 << 8 /* of everything mounted below, too */
};

/* Settings of a plan as a whole. */
enum {
  MPLAN_PLAN_CREATE = 1 << 0 /* a missing mount point inside a writable tree of the caller is made there, and reported */
};

/* What to do when the last component of a target is a symbolic link. */
enum {
  MPLAN_SYMLINK_REFUSE = 0,  /* an error (default) */
  MPLAN_SYMLINK_FOLLOW = 1,  /* follow it inside the new root */
  MPLAN_SYMLINK_MOUNT_ON = 2 /* mount on the link itself; files only, Linux 5.2 */
};

/*
 * An op as it was added. Strings are NUL-terminated and borrowed from the plan until it changes or is freed; NULL where the op
 * has none.
 */
struct mplan_op {
  uint32_t kind;        /* one of MPLAN_OP_ */
  uint32_t mode;        /* permission, where the op has one */
  uint64_t flags;       /* as given to the adder */
  uint64_t size;        /* bytes: tmpfs size, or length of the content of a file */
  uint64_t attrs_set;   /* MPLAN_ATTR_ bits that the op sets, defaults included */
  uint64_t attrs_clear; /* MPLAN_ATTR_ bits asked not to be set by default */
  uint32_t symlinks;    /* one of MPLAN_SYMLINK_ policies */
  int32_t source_fd;    /* the plan's own descriptor, borrowed; -1 where the source is no descriptor */
  const char *source;   /* path, link text or upper directory; NULL where there is none */
  const char *target;   /* cleaned */
  const char *name;     /* of the kind, static: "bind" */
  uint64_t layers;      /* overlay: number of lower layers */
};

/* Makes an empty plan. out: not NULL; one owner, mplan_plan_free(). Returns 0, -EINVAL or -ENOMEM. */
MPLAN_API int mplan_plan_new(mplan_plan **out, mplan_error **err);

/* Ends the life of a plan and closes its descriptors. NULL does nothing. Prepared objects do not need the plan any more. */
MPLAN_API void mplan_plan_free(mplan_plan *plan);

/* MPLAN_PLAN_ settings of the whole plan; replaces the earlier set. Returns 0 or -EINVAL. */
MPLAN_API int mplan_plan_set_flags(mplan_plan *plan, uint64_t flags, mplan_error **err);

/*
 * Permission for missing parents and missing mount point directories. Until it is set: 0700 for bind and overlay, mplan_parent_mode(mode)
 * for tmpfs, 0755 for everything else. Once it is set, tmpfs and dir still give their parents no more than mplan_parent_mode() of their own
 * permission. Returns 0 or -EINVAL.
 */
MPLAN_API int mplan_plan_set_parent_mode(mplan_plan *plan, uint32_t mode, mplan_error **err);

/*
 * Binds `source` (path on the host, absolute or relative to the working directory at prepare; symbolic links are followed) at `target`,
 * with everything mounted below it. flags: MPLAN_BIND_ except RECURSIVE, which is always in force and allowed. Read-only and nodev
 * unless asked otherwise; nosuid always. A missing target is made: a directory, or an empty file with mode 0444.
 */
MPLAN_API int mplan_plan_bind(mplan_plan *plan, const char *source, const char *target, uint64_t flags, mplan_error **err);

/*
 * As mplan_plan_bind(), the source being what `source_fd` has open (O_PATH is enough). With mplan_op_set_source_path() a path
 * beneath it. ENSURE does not go with it.
 */
MPLAN_API int mplan_plan_bind_fd(mplan_plan *plan, int source_fd, const char *target, uint64_t flags, mplan_error **err);

/*
 * Adds attributes to the mount that has its root at `target`: nosuid always, ro and nodev unless MPLAN_BIND_WRITABLE, MPLAN_BIND_DEVICE;
 * with MPLAN_BIND_RECURSIVE to every visible mount below. flags: those three and MPLAN_REMOUNT_.
 */
MPLAN_API int mplan_plan_remount(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err);

/* A new tmpfs(5). size: bytes, 0 is the kernel's default, at most INT64_MAX (-ERANGE). flags: MPLAN_TMPFS_. nosuid, nodev. */
MPLAN_API int mplan_plan_tmpfs(mplan_plan *plan, const char *target, uint64_t size, uint32_t mode, uint64_t flags, mplan_error **err);

/* A proc(5) of the pid namespace the plan is applied in. flags: MPLAN_PROC_. nosuid, nodev, noexec. The target is a real directory. */
MPLAN_API int mplan_plan_proc(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err);

/* A sysfs(5), read-only, nosuid, nodev, noexec. flags: 0. The target is a real directory. */
MPLAN_API int mplan_plan_sysfs(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err);

/* A new devpts instance: ptmxmode 0666, mode 0620, nosuid, noexec. flags: 0. */
MPLAN_API int mplan_plan_devpts(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err);

/* The mqueue_overview(7) file system of the ipc namespace the plan is applied in: nosuid, nodev, noexec. flags: 0. */
MPLAN_API int mplan_plan_mqueue(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err);

/* A new bpf file system: nosuid, nodev, noexec. flags: 0. */
MPLAN_API int mplan_plan_bpf(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err);

/* A new ramfs: nosuid, nodev, noexec. flags: 0. */
MPLAN_API int mplan_plan_ramfs(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err);

/*
 * A minimal /dev on a tmpfs of its own: null zero full random urandom tty from the host; stdin stdout stderr fd core ptmx as links; shm; a
 * new devpts on pts. Read-only with a fresh writable shm unless MPLAN_DEV_WRITABLE. flags: MPLAN_DEV_.
 */
MPLAN_API int mplan_plan_dev(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err);

/*
 * An overlay, Linux kernel Documentation/filesystems/overlayfs.rst. Layers are added with mplan_op_add_layer(), top first; a persistent
 * overlay also needs mplan_op_set_upper(). flags: MPLAN_OVERLAY_. nosuid and nodev by default.
 */
MPLAN_API int mplan_plan_overlay(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err);

/* Adds a lower layer (directory on the host, links followed) below those already there. At most 500. */
MPLAN_API int mplan_op_add_layer(mplan_plan *plan, int op, const char *source, mplan_error **err);

/* As mplan_op_add_layer(), the layer being an open directory. */
MPLAN_API int mplan_op_add_layer_fd(mplan_plan *plan, int op, int source_fd, mplan_error **err);

/* Adds a data-only layer: its files are reached through redirects only. After all others, at least one of which must be there. Linux 6.8.
 */
MPLAN_API int mplan_op_add_data_layer(mplan_plan *plan, int op, const char *source, mplan_error **err);

/* Upper and work directory of a persistent overlay: host directories on the same file system; work empty. */
MPLAN_API int mplan_op_set_upper(mplan_plan *plan, int op, const char *upper, const char *work, mplan_error **err);

/* A directory with this mode; parents are made as needed. One that is already there is left as it is. flags: 0. */
MPLAN_API int mplan_plan_dir(mplan_plan *plan, const char *target, uint32_t mode, uint64_t flags, mplan_error **err);

/*
 * A file with `len` bytes of content (data is NULL only with len 0; copied): a read-only nodev bind of a file that has no other name.
 * mode: its permission. flags: MPLAN_FILE_.
 */
MPLAN_API int mplan_plan_file(mplan_plan *plan, const char *target, const void *data, size_t len, uint32_t mode, uint64_t flags,
                              mplan_error **err);

/*
 * As mplan_plan_file(), the content being read from `fd` at apply: with pread(2) from offset 0 where it can seek, so that its offset does
 * not move and one descriptor serves several ops; else read(2) to its end.
 */
MPLAN_API int mplan_plan_file_fd(mplan_plan *plan, int fd, const char *target, uint32_t mode, uint64_t flags, mplan_error **err);

/* A symbolic link with this text (1 to 4095 bytes). The same link already there is fine. flags: MPLAN_SYMLINK_DEREFERENCE. */
MPLAN_API int mplan_plan_symlink(mplan_plan *plan, const char *text, const char *target, uint64_t flags, mplan_error **err);

/* Sets the permission of something that exists. Refused in trees of the caller unless the plan has MPLAN_PLAN_CREATE. flags: 0. */
MPLAN_API int mplan_plan_chmod(mplan_plan *plan, const char *target, uint32_t mode, uint64_t flags, mplan_error **err);

/* Hides a file under the null device or a directory under an empty read-only tmpfs. A missing target is skipped. flags: 0. */
MPLAN_API int mplan_plan_mask(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err);

/*
 * Sets the propagation of the mount that has its root at `target`. flags: exactly one of MPLAN_PROPAGATION_PRIVATE, SLAVE, SHARED,
 * UNBINDABLE, and MPLAN_PROPAGATION_RECURSIVE.
 */
MPLAN_API int mplan_plan_propagation(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err);

/* Moves the mount that has its root at `source` (absolute path inside the new root) to `target`. flags: 0. */
MPLAN_API int mplan_plan_move(mplan_plan *plan, const char *source, const char *target, uint64_t flags, mplan_error **err);

/* Detaches the mount that has its root at `target` and everything below. flags: 0. */
MPLAN_API int mplan_plan_unmount(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err);

/*
 * Binds every entry of the host directory `source` to the same name at `/`, except proc, dev, tmp, mnt and etc. Symbolic links are made
 * again as links. flags: MPLAN_BIND_WRITABLE, MPLAN_BIND_DEVICE. Once per plan.
 */
MPLAN_API int mplan_plan_root(mplan_plan *plan, const char *source, uint64_t flags, mplan_error **err);

/*
 * Makes /etc, binds the host directory `source` (NULL is "/etc") to /etc/.host/PREFIX, and links each entry to its place there, except
 * .host, passwd and group; mtab becomes a link to /proc/mounts. prefix: one path component. flags: 0. Once per plan.
 */
MPLAN_API int mplan_plan_etc(mplan_plan *plan, const char *source, const char *prefix, uint64_t flags, mplan_error **err);

/*
 * Attributes of the mount an op makes: bits in `set` are set in addition, bits in `clear` are not set although they are the op's default (a
 * flag that the source already has is never cleared). nosuid can not be cleared on bind, remount, file, root and
 * etc. A later call replaces an earlier one. For ops that make or change a mount; not for mask.
 */
MPLAN_API int mplan_op_set_attrs(mplan_plan *plan, int op, uint64_t set, uint64_t clear, mplan_error **err);

/* One of the MPLAN_SYMLINK_ policies for the last component of the op's target. */
MPLAN_API int mplan_op_set_symlinks(mplan_plan *plan, int op, uint32_t policy, mplan_error **err);

/* A relative path beneath the op's source descriptor (mplan_plan_bind_fd()); never leaves it, whatever links it meets. */
MPLAN_API int mplan_op_set_source_path(mplan_plan *plan, int op, const char *path, mplan_error **err);

/* Idmaps the mount that a bind makes by a user namespace file descriptor, mount_setattr(2). Linux 5.12. */
MPLAN_API int mplan_op_set_idmap(mplan_plan *plan, int op, int userns_fd, mplan_error **err);

/* Size limit in inodes of a tmpfs op; 0 is the kernel's default. */
MPLAN_API int mplan_op_set_inodes(mplan_plan *plan, int op, uint64_t inodes, mplan_error **err);

/* Number of ops; 0 for NULL. */
MPLAN_API size_t mplan_plan_count(const mplan_plan *plan);

/* Fills `out` with op `i`; `size` as in mplan_table_get(). Returns 0, -EINVAL or -ERANGE. */
MPLAN_API int mplan_plan_get(const mplan_plan *plan, size_t i, struct mplan_op *out, size_t size);

/*
 * Lower layer `layer` (0 is the top) of overlay op `op`, borrowed; NULL where it is a descriptor or there is no such op or layer.
 */
MPLAN_API const char *mplan_plan_layer(const mplan_plan *plan, size_t op, size_t layer);

/* Name of a kind of op ("bind"), static; NULL for an unknown kind. Threads and signals: any. */
MPLAN_API const char *mplan_op_kind_name(uint32_t kind);

/*
 * Checks the plan as a whole without looking at any file: an op at `/` must be the first that makes a mount; an overlay has the layers its
 * form needs, and none of them twice; upper not inside a lower; no mask or remount is followed by a mount on a directory that its target is
 * in, which would cover it and so put it out of force. Returns 0, or -EINVAL (kind VALIDATION) naming the op.
 *
 * Else the order of ops has no part in what is read-only or hidden: every source is opened before the first op is carried out, so none is
 * reached through the new root; each mount has its attributes before it shows there; the terminal for console is a descriptor; and a fresh
 * root is entered, or apply returns, only when all ops are done. In place the ops show one by one, in their order; with the fd and classic
 * backends an empty directory may cover the root meanwhile.
 */
MPLAN_API int mplan_plan_validate(const mplan_plan *plan, mplan_error **err);

MPLAN_END_DECLS

#endif
