/* SPDX-License-Identifier: MIT */
/*
 * The mount table: a snapshot of the mounts of one mount namespace.
 *
 * A table is read from the kernel or parsed from mountinfo text, proc_pid_mountinfo(5). Once it is there it never
 * changes, so any number of threads may read it at the same time. Tables are counted: trees hold a reference to
 * the table they were unfolded from. None of these functions is safe in a signal handler.
 */
#ifndef MOUNTPLAN_TABLE_H
#define MOUNTPLAN_TABLE_H

#include <mountplan/attributes.h>
#include <mountplan/error.h>

MPLAN_BEGIN_DECLS

/* A snapshot of a mount table. */
typedef struct mplan_table mplan_table;

/* Facts about a snapshot, see mplan_table_flags(). */
enum {
  MPLAN_TABLE_UNSTABLE = 1 << 0 /* the namespace kept changing while it was read: the table may be torn */
};

/* Flags of mplan_table_read_self(): how the kernel is asked. At most one; the default is the text, and statmount where there is no /proc.
 */
enum {
  MPLAN_TABLE_READ_STATMOUNT = 1 << 0, /* listmount(2) and statmount(2), Linux 6.13: without /proc, with unique ids */
  MPLAN_TABLE_READ_MOUNTINFO = 1 << 1  /* the text of mountinfo, never anything else */
};

/* Limits of what is read; more is an error, never cut short. */
enum {
  MPLAN_TABLE_MAX_BYTES = 1 << 30,  /* 1 GiB of text: -EFBIG */
  MPLAN_TABLE_MAX_MOUNTS = 1 << 24, /* 16 777 216 lines: -EOVERFLOW */
  MPLAN_TABLE_MAX_LINE = 1 << 26    /* 64 MiB in one line: -EMSGSIZE */
};

/*
 * One mount. Strings are NUL-terminated, borrowed from the table and never NULL; where the text had octal escapes they
 * are undone once, except in super_options, which keeps them so that a comma inside an option stays apart from the
 * commas between options (see mplan_table_super_option()).
 */
struct mplan_mount {
  uint64_t id;               /* mount id; a key, not a size */
  uint64_t parent_id;        /* id of the parent; the mount's own id for a root without parent */
  uint32_t major;            /* device major number of st_dev */
  uint32_t minor;            /* device minor number */
  uint64_t attributes;       /* MPLAN_ATTR_ bits of the per-mount options, access time mode included */
  uint64_t propagation;      /* MPLAN_PROPAGATION_ bits; PRIVATE where nothing is said */
  uint64_t shared;           /* peer group id; 0 where not shared */
  uint64_t master;           /* peer group id of the master; 0 where not a slave */
  uint64_t propagate_from;   /* nearest dominant peer group under this root; 0 where not given */
  const char *root;          /* path of the mount's root inside its file system ("/", "net:[4026531840]") */
  const char *mount_point;   /* path of the mount point, as the kernel wrote it */
  const char *options;       /* per-mount options as written, "rw,relatime" */
  const char *optional;      /* optional fields as written, separated by one space; may be empty */
  const char *type;          /* file system type, "ext4", "fuse.sshfs" */
  const char *source;        /* file system specific source; may be empty */
  const char *super_options; /* per-superblock options, still escaped */
  uint64_t unique_id;        /* id that is never given to another mount; 0 where it is not known: the text does not have it */
};

/*
 * Reads the mount table of the calling thread's mount namespace: all mounts that can be reached from its root directory, from
 * /proc/thread-self/mountinfo, or by listmount(2) and statmount(2). Both give the same table.
 *
 * flags: MPLAN_TABLE_READ_. out: receives the table; not NULL.
 * The table is read again, a bounded number of times, when it changed meanwhile; if it never holds still the last reading is returned
 * with MPLAN_TABLE_UNSTABLE. With statmount a mount that goes away while it is read is left out, and of changes only mounts that come
 * or go are noticed.
 * Returns 0. Errors: -EINVAL unknown flag, both flags, or out NULL; -ENOENT or -EACCES /proc is not there or not readable, and
 * statmount does not help; -ENOSYS or -EOPNOTSUPP statmount was asked for and the kernel does not have it, or not every field;
 * -EFBIG, -EOVERFLOW, -EMSGSIZE over a limit; -EBADMSG malformed line (kind PARSE); -ENOMEM; else what open(2)
 * or read(2) gave. Ownership: one reference, ended by mplan_table_unref(). Since 0.1.0.
 */
MPLAN_API int mplan_table_read_self(uint64_t flags, mplan_table **out, mplan_error **err);

/*
 * As mplan_table_read_self(), for the namespace of process `pid` (> 0, in the caller's pid namespace). flags: 0 or
 * MPLAN_TABLE_READ_MOUNTINFO; statmount sees other namespaces from another root directory than their processes do.
 * Errors, besides: -EINVAL pid not positive; -ENOENT no such process; -EACCES no permission to look. Since 0.1.0.
 */
MPLAN_API int mplan_table_read_pid(int32_t pid, uint64_t flags, mplan_table **out, mplan_error **err);

/*
 * As mplan_table_read_self(), from an open file descriptor: a mountinfo file (checked for changes while reading) or any
 * file, pipe or socket with mountinfo text, read from its current offset to the end. `fd` is borrowed; its offset moves. flags: 0.
 * Errors, besides: -EBADF not an open descriptor for reading. Since 0.1.0.
 */
MPLAN_API int mplan_table_read_fd(int fd, uint64_t flags, mplan_table **out, mplan_error **err);

/*
 * Parses `len` bytes of mountinfo text at `buf` (NULL only with len 0). The bytes are copied. Lines end in a newline; the
 * last may lack it; empty text is a table without mounts. A NUL byte is malformed. flags: 0.
 * Returns 0. Errors: -EINVAL; -EFBIG, -EOVERFLOW, -EMSGSIZE over a limit; -EBADMSG malformed line, with line, column and
 * what was expected; -ENOMEM. Since 0.1.0.
 */
MPLAN_API int mplan_table_parse(const void *buf, size_t len, uint64_t flags, mplan_table **out, mplan_error **err);

/* Adds a reference and returns `table`; NULL gives NULL. Threads: any. Since 0.1.0. */
MPLAN_API mplan_table *mplan_table_ref(mplan_table *table);

/* Ends one reference; the last one frees the table. NULL does nothing. Threads: any. Since 0.1.0. */
MPLAN_API void mplan_table_unref(mplan_table *table);

/* Number of mounts; 0 for NULL. Since 0.1.0. */
MPLAN_API size_t mplan_table_count(const mplan_table *table);

/* MPLAN_TABLE_ facts about the snapshot; 0 for NULL. Since 0.1.0. */
MPLAN_API uint64_t mplan_table_flags(const mplan_table *table);

/*
 * Fills `out` with mount `i` (0 to count - 1, in the order of the text). `size` is sizeof(struct mplan_mount) as the caller
 * knows it: a shorter struct gets its first `size` bytes, a longer one is zero-filled.
 * Returns 0, or -EINVAL for a NULL pointer, -ERANGE for `i` out of range. Since 0.1.0.
 */
MPLAN_API int mplan_table_get(const mplan_table *table, size_t i, struct mplan_mount *out, size_t size);

/*
 * Index of the mount with this id; of the last one where ids repeat. Constant or logarithmic time.
 * Returns the index, or -ENOENT (no such id), -EINVAL (table NULL). Since 0.1.0.
 */
MPLAN_API int64_t mplan_table_find_id(const mplan_table *table, uint64_t id);

/*
 * The `word`-th word of mount `i`'s per-mount options that the library does not know (so it is in no attribute bit).
 * Copied like snprintf(3): at most `size` bytes with the terminating NUL into `out` (NULL only with size 0).
 * Returns the length of the word without the NUL, or -ENOENT when there are fewer words, -ERANGE for `i`, -EINVAL. Since 0.1.0.
 */
MPLAN_API int64_t mplan_table_unknown_option(const mplan_table *table, size_t i, size_t word, char *out, size_t size);

/*
 * The `option`-th per-superblock option of mount `i`, split at commas first and unescaped then, so that
 * `lowerdir=/a\054upperdir=/evil` is one option. Copied and returned as by mplan_table_unknown_option(). Since 0.1.0.
 */
MPLAN_API int64_t mplan_table_super_option(const mplan_table *table, size_t i, size_t option, char *out, size_t size);

MPLAN_END_DECLS

#endif
