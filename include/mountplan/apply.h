/* SPDX-License-Identifier: MIT */
/*
 * Carrying out a plan: explain says what would happen, prepare resolves and allocates, apply does it.
 *
 * The same program is run by all three. After prepare nothing is allocated any more.
 */
#ifndef MOUNTPLAN_APPLY_H
#define MOUNTPLAN_APPLY_H

#include <mountplan/plan.h>

MPLAN_BEGIN_DECLS

/* A plan made ready to be applied once: mplan_prepare(). */
typedef struct mplan_prepared mplan_prepared;
/* The steps applying a plan would take: mplan_explain(). */
typedef struct mplan_trace mplan_trace;

/* Which kernel calls are used. */
enum {
  MPLAN_BACKEND_AUTO = 0,     /* the best that works here, found by trying each call */
  MPLAN_BACKEND_DETACHED = 1, /* Linux 6.15: the root is built attached nowhere and appears in one move_mount(2) */
  MPLAN_BACKEND_FD = 2,       /* Linux 5.12: open_tree(2), mount_setattr(2), fsopen(2), in a staging place */
  MPLAN_BACKEND_CLASSIC = 3   /* mount(2) through /proc */
};

/* Flags of struct mplan_prepare_args. */
enum {
  MPLAN_PREPARE_IN_PLACE = 1 << 0, /* the ops land in the tree that is at the root; the default is a fresh root over it */
  MPLAN_PREPARE_DEFERRED = 1 << 1, /* sources are resolved at apply, in the namespace of that moment; for callers that fork and unshare */
  MPLAN_PREPARE_PIVOT = 1 << 2,    /* commit with pivot_root(2): the new root becomes the root of the calling process's mount namespace,
                                      the old root is detached. The namespace must be the caller's own: its mounts become slaves
                                      first of all, and stay so when apply fails. Not with IN_PLACE */
  MPLAN_PREPARE_VERIFY = 1 << 3    /* before apply reports success, what is mounted is compared with the plan: each mount, its type and
                                      place, that it has the attributes asked for with all below it, its propagation. A difference is
                                      -ESTALE (a mount is missing) or -EXDEV, kind SAFETY, and apply has failed like any other time. In
                                      place, mounts that the plan did not make and the propagation of those it made are not looked at */
};

/*
 * One thing that happened, or would happen: what a source or target resolved to, one system call, one option the library does not know.
 * Strings are valid during the callback, or until the trace is freed. NULL where there is none.
 */
struct mplan_event {
  int32_t op;          /* index of the op; -1 for work of the plan as a whole */
  int32_t reserved;    /* 0 */
  int64_t result;      /* of the call: >= 0, or a negative errno value */
  uint64_t flags;      /* attributes (MPLAN_ATTR_) the call sets; 0 where it sets none */
  const char *op_name; /* "bind" */
  const char *call;    /* "open_tree" */
  const char *source;  /* of the op */
  const char *target;  /* of the op */
  const char *text;    /* the call with its arguments, one line: `mkdirat(3</>, "usr", 0755)` */
};

/*
 * Told about each step, in order, by the thread that called the library; never in a child. Must not call into the object it came from.
 * Returning non-zero while the plan is prepared (mplan_prepare(), mplan_explain(), the first part of mplan_spawn_start()) stops the work
 * with -ECANCELED (kind CALLBACK), as long as nothing was changed; later it is ignored.
 */
typedef int (*mplan_event_fn)(const struct mplan_event *event, void *data);

/* How to prepare. Zero is the default for each field. Passed as (pointer, size): shorter is zero-extended, a longer one with a non-zero
 * tail is -E2BIG. */
struct mplan_prepare_args {
  uint64_t flags;       /* MPLAN_PREPARE_ */
  uint32_t backend;     /* MPLAN_BACKEND_ */
  int32_t root_fd;      /* with has_root_fd: directory the plan is applied to; duplicated */
  uint32_t has_root_fd; /* 1: root_fd is meant and root is NULL */
  uint32_t reserved;    /* 0 */
  const char *root;     /* directory the plan is applied to, absolute; not followed when it is a symbolic link. Copied */
  mplan_event_fn event; /* NULL: no events */
  void *event_data;     /* handed to event */
};

/*
 * Says what applying the plan would do on this system, without changing anything: the program of mplan_prepare() is run on a recording
 * kernel, which answers look-ups of the host from the host and remembers what was made.
 *
 * plan: not NULL. args, size: as above; NULL with size 0 is the default; without a root the plan is explained for a fresh root. With
 * PIVOT it is what mplan_apply() does; mplan_spawn_start() may enter the root in another way (spawn.h). Returns 0 and the trace (one owner,
 * mplan_trace_free()), or what prepare or apply would return: the error is the one apply would give where it can be foreseen. Threads: any,
 * the plan not being changed meanwhile. Not signal-safe. Since 0.1.0.
 */
MPLAN_API int mplan_explain(const mplan_plan *plan, const struct mplan_prepare_args *args, size_t size, mplan_trace **out,
                            mplan_error **err);

/* Number of steps; 0 for NULL. Since 0.1.0. */
MPLAN_API size_t mplan_trace_count(const mplan_trace *trace);

/* Fills `out` with step `i`; `size` as in mplan_table_get(). Returns 0, -EINVAL or -ERANGE. Since 0.1.0. */
MPLAN_API int mplan_trace_get(const mplan_trace *trace, size_t i, struct mplan_event *out, size_t size);

/* The whole trace as text, one numbered call per line with its op beside it; borrowed from the trace; NULL for NULL. Since 0.1.0. */
MPLAN_API const char *mplan_trace_text(const mplan_trace *trace);

/* The backend the steps are for, one of MPLAN_BACKEND_; 0 for NULL. Since 0.1.0. */
MPLAN_API int mplan_trace_backend(const mplan_trace *trace);

/* Ends the life of a trace. NULL does nothing. Since 0.1.0. */
MPLAN_API void mplan_trace_free(mplan_trace *trace);

/*
 * Host phase: validates the plan, picks the backend, resolves every source (unless DEFERRED) and the root to file descriptors, reads what
 * helpers need, and allocates everything apply will use. Changes nothing, except that ENSURE sources are made.
 *
 * plan: not NULL; not needed any more afterwards. args, size: see above; a root is needed unless PIVOT is set.
 * Returns 0. Errors: -EINVAL bad argument or plan (kinds ARGUMENT, VALIDATION); -E2BIG args from a newer library; -EPERM process runs with
 * elevated privilege (AT_SECURE); -EOPNOTSUPP (kind UNSUPPORTED) the kernel or forced backend cannot do the plan, naming the op; -ENOENT
 * and others for a source, naming the op; -ELOOP root is a symbolic link; -ENOMEM; -EMFILE. Ownership: one owner, mplan_prepared_free().
 * Threads: any. Not signal-safe. Since 0.1.0.
 */
MPLAN_API int mplan_prepare(const mplan_plan *plan, const struct mplan_prepare_args *args, size_t size, mplan_prepared **out,
                            mplan_error **err);

/* Ends the life of a prepared plan and closes its descriptors. What was applied stays. NULL does nothing. Since 0.1.0. */
MPLAN_API void mplan_prepared_free(mplan_prepared *prepared);

/* The backend that was chosen, one of MPLAN_BACKEND_; 0 for NULL. Since 0.1.0. */
MPLAN_API int mplan_prepared_backend(const mplan_prepared *prepared);

/*
 * Applies a prepared plan in the calling thread's mount namespace: all of it, or on failure nothing. Once per prepared object.
 *
 * Returns 0. Errors: -EALREADY (kind STATE) was applied before; else the errno of the failed call, with op, call, source, target, path.
 * After a failure the mount table, the files and the descriptor table are as before. Threads: one at a time per object. With the fd and
 * classic backends, and where something is unmounted, the working directory is another while this runs, and the thread stops sharing it
 * with other threads (unshare(2), CLONE_FS), as a thread with a mount namespace of its own has done already: with PIVOT, threads that it
 * has started since stay in their working directory, which is then outside of the new root. Not signal-safe (mplan_apply_in_child() is).
 * Since 0.1.0.
 */
MPLAN_API int mplan_apply(mplan_prepared *prepared, mplan_error **err);

/*
 * Number of things apply made in trees of the caller: missing mount points, sources with ENSURE. 0 for NULL. Since 0.1.0.
 */
MPLAN_API size_t mplan_prepared_created_count(const mplan_prepared *prepared);

/* Path inside the root (or on the host, for a source) of the `i`-th of them, borrowed; NULL out of range. Since 0.1.0. */
MPLAN_API const char *mplan_prepared_created(const mplan_prepared *prepared, size_t i);

/* Size of struct mplan_failure. */
enum {
  MPLAN_FAILURE_SIZE = 3072 /* bytes; below PIPE_BUF, so one write(2) to a pipe is atomic */
};
/* A failure in a form that crosses fork(2): fixed size, no pointers that the caller follows. Turn it into an error with
 * mplan_prepared_error(). */
struct mplan_failure {
  unsigned char bytes[3072]; /* opaque */
};

/*
 * As mplan_apply(), for the child after fork(2) or clone(2): allocates nothing, takes no lock, uses no stdio, is async-signal-safe. With a
 * plan prepared with DEFERRED the namespaces may have been unshared before.
 *
 * prepared: prepared before the fork. out, size: receives the failure, sizeof(struct mplan_failure); written only on failure.
 * Returns 0 or a negative errno value. No events are delivered. Since 0.1.0.
 */
MPLAN_API int mplan_apply_in_child(mplan_prepared *prepared, struct mplan_failure *out, size_t size);

/*
 * In the parent: turns the failure a child wrote to a pipe into an error object in `err` (not NULL), with the strings of `prepared`, the
 * object the child used. Returns the negative errno value of the failure, or -EINVAL for NULL, a wrong size or bytes that are no failure.
 * Since 0.1.0.
 */
MPLAN_API int mplan_prepared_error(const mplan_prepared *prepared, const struct mplan_failure *failure, size_t size, mplan_error **err);

MPLAN_END_DECLS

#endif
