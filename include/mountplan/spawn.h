/* SPDX-License-Identifier: MIT */
/*
 * Running a program inside a plan: a child in new namespaces builds the root, enters it, detaches the old root and executes the program.
 * A failure anywhere before exec comes back from mplan_spawn_start() as a full error object.
 *
 * Where the kernel makes a mount namespace of a tree (Linux 7; "open_tree_namespace" of mplan_features_read()) nothing of the caller's
 * mounts is copied or detached. A privileged caller's child then builds the root while it is in the caller's mount namespace, in which it
 * changes nothing. With a new user namespace a second process of the caller builds the root, and the child enters it: every mount of the
 * plan is locked for the program, whatever capabilities it has in its user namespace, and sources are opened, and what CREATE, ENSURE and
 * COPY make in trees of the caller is made, with the caller's privilege, not with that of the child. When the kernel refuses this way after
 * all the start begins again in the older one, and events are delivered again. Such a caller has CAP_SYS_ADMIN, CAP_SYS_CHROOT,
 * CAP_SYS_PTRACE, CAP_SETUID, CAP_SETGID, CAP_CHOWN, CAP_FOWNER, CAP_FSETID, CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH. Plans that unmount,
 * move, remount or change propagation, overlays, idmapped binds and bpf, proc without a new pid namespace, sysfs without a new net
 * namespace and mqueue without a new ipc namespace are built by the child, as on older kernels; so is a plan with proc or sysfs where
 * something is mounted over the caller's own, and everything where another backend than `detached` is asked for. The resulting mounts are
 * the same. mplan_explain() shows the older way.
 *
 * A spawn object is filled by one thread at a time. Strings and arrays are copied, descriptors duplicated. Setters return 0 or a negative
 * errno value: -EINVAL bad argument (kind ARGUMENT), -ENOMEM, -EBADF, -EMFILE. Nothing here is safe in a signal handler. Since 0.1.0.
 */
#ifndef MOUNTPLAN_SPAWN_H
#define MOUNTPLAN_SPAWN_H

#include <mountplan/apply.h>

MPLAN_BEGIN_DECLS

/* What to run and how: arguments, environment, namespaces, ids. */
typedef struct mplan_spawn mplan_spawn;
/* A program that was started. */
typedef struct mplan_process mplan_process;

/* Namespaces to create, namespaces(7). The mount namespace is always new. */
enum {
  MPLAN_NAMESPACE_USER = 1 << 0,  /* user_namespaces(7): ids and capabilities of its own; what makes all of this work without privilege */
  MPLAN_NAMESPACE_PID = 1 << 1,   /* pid_namespaces(7) */
  MPLAN_NAMESPACE_NET = 1 << 2,   /* network_namespaces(7) */
  MPLAN_NAMESPACE_IPC = 1 << 3,   /* ipc_namespaces(7) */
  MPLAN_NAMESPACE_UTS = 1 << 4,   /* uts_namespaces(7): a host name of its own */
  MPLAN_NAMESPACE_CGROUP = 1 << 5 /* cgroup_namespaces(7) */
};

/* Flags of mplan_spawn_set_flags(). */
enum {
  MPLAN_SPAWN_DIE_WITH_PARENT = 1 << 0, /* everything is killed when the calling thread ends, PR_SET_PDEATHSIG */
  MPLAN_SPAWN_NEW_SESSION = 1 << 1,     /* setsid(2) before exec */
  MPLAN_SPAWN_AS_PID_1 = 1 << 2,        /* with a pid namespace: the program is process 1; the default is a small reaper in front of it */
  MPLAN_SPAWN_KEEP_PRIVILEGES = 1 << 3, /* do not set no_new_privs */
  MPLAN_SPAWN_NO_LOOPBACK = 1 << 4,     /* with a net namespace: leave the loopback device down; the default is up */
  MPLAN_SPAWN_NO_VERIFY = 1 << 5        /* do not compare what is mounted with the plan before exec (MPLAN_PREPARE_VERIFY) */
};

/* How a child ended, see mplan_process_wait(). */
struct mplan_exit {
  int32_t code;   /* exit status, 0 to 255; 128 + signal where a signal ended it */
  int32_t signal; /* the signal's number; 0 where it exited by itself */
};

/* Makes an empty spawn object. out: one owner, mplan_spawn_free(). Returns 0, -EINVAL, -ENOMEM. */
MPLAN_API int mplan_spawn_new(mplan_spawn **out, mplan_error **err);

/* Ends the life of a spawn object; running children are not touched. NULL does nothing. */
MPLAN_API void mplan_spawn_free(mplan_spawn *spawn);

/* The program and its arguments: argv[0] to argv[count - 1], count >= 1. argv[0] without a slash is searched in PATH of the child's
 * environment. */
MPLAN_API int mplan_spawn_set_argv(mplan_spawn *spawn, const char *const *argv, size_t count, mplan_error **err);

/* The whole environment, "NAME=value" each. Until it is set the child gets the caller's environment of the moment of start. */
MPLAN_API int mplan_spawn_set_env(mplan_spawn *spawn, const char *const *env, size_t count, mplan_error **err);

/* Working directory inside the new root, absolute; NULL is `/`. */
MPLAN_API int mplan_spawn_set_cwd(mplan_spawn *spawn, const char *path, mplan_error **err);

/* Host name, at most 64 bytes; needs MPLAN_NAMESPACE_UTS at start. NULL leaves it. */
MPLAN_API int mplan_spawn_set_hostname(mplan_spawn *spawn, const char *name, mplan_error **err);

/* MPLAN_NAMESPACE_ set. Without USER the caller needs CAP_SYS_ADMIN. */
MPLAN_API int mplan_spawn_set_namespaces(mplan_spawn *spawn, uint64_t namespaces, mplan_error **err);

/* MPLAN_SPAWN_ set. */
MPLAN_API int mplan_spawn_set_flags(mplan_spawn *spawn, uint64_t flags, mplan_error **err);

/*
 * Adds a range to the user id map: `count` ids from `inside` in the sandbox are those from `outside` in the caller's user
 * namespace. Needs MPLAN_NAMESPACE_USER. Until one is added, the caller's effective id is mapped to itself. Several ranges or ids other
 * than the caller's own need privilege, or newuidmap(1) and newgidmap(1), which are run when the kernel refuses. At most 340 ranges.
 */
MPLAN_API int mplan_spawn_add_uid_map(mplan_spawn *spawn, uint32_t inside, uint32_t outside, uint32_t count, mplan_error **err);

/* As mplan_spawn_add_uid_map(), for the group id map. */
MPLAN_API int mplan_spawn_add_gid_map(mplan_spawn *spawn, uint32_t inside, uint32_t outside, uint32_t count, mplan_error **err);

/* User and group the program runs as, inside the user namespace. Until it is set: the mapped id of the caller. */
MPLAN_API int mplan_spawn_set_ids(mplan_spawn *spawn, uint32_t uid, uint32_t gid, mplan_error **err);

/* Bit set of capabilities(7) to keep (bit n is capability n). Until it is set: all are dropped where a user namespace is new or uid is not
 * 0, else kept. */
MPLAN_API int mplan_spawn_set_capabilities(mplan_spawn *spawn, uint64_t keep, mplan_error **err);

/* Hands `fd` to the program as descriptor number `child_fd` (>= 0, each once). Descriptors 0 to 2 are inherited as they are unless given
 * here; all others are closed. */
MPLAN_API int mplan_spawn_add_fd(mplan_spawn *spawn, int fd, int child_fd, mplan_error **err);

/*
 * Starts the program inside the plan and waits until it was executed, or until something failed.
 *
 * spawn, plan: not NULL; may be used again afterwards. args, size: backend and event callback for the plan; root and IN_PLACE are not
 * allowed. out: one owner. Returns 0. Errors: all of mplan_prepare() and mplan_apply(); EPERM, ENOSPC, EINVAL of clone(2) with a hint
 * naming the limit; -ENOENT, -EACCES, ENOEXEC of execve(2) (call "execve"). After a failure no child is left. Threads: any, also in a
 * process with many; the child does nothing that is not async-signal-safe. A process that another thread forks meanwhile and that neither
 * executes nor ends holds the return back, as it holds a copy of the pipe that tells of the execution.
 *
 * The program gets the calling thread's signal mask and umask; signals the caller ignores stay ignored, but SIGCHLD. Supplementary groups
 * are dropped where ids are set or the user namespace is new, unless the kernel denies setgroups(2) there: with one id and no privilege.
 * Since 0.1.0.
 */
MPLAN_API int mplan_spawn_start(const mplan_spawn *spawn, const mplan_plan *plan, const struct mplan_prepare_args *args, size_t size,
                                mplan_process **out, mplan_error **err);

/* Process id in the caller's pid namespace: of the program, or of the reaper in front of it. -1 for NULL. */
MPLAN_API int32_t mplan_process_pid(const mplan_process *process);

/* A pidfd of that process, pidfd_open(2), borrowed; readable when it ended. -1 for NULL, and where the kernel has none (before 5.3). */
MPLAN_API int mplan_process_pidfd(const mplan_process *process);

/* Waits for the end. out: filled with the program's exit, by `size` as in mplan_table_get(). Returns 0; again gives the same. -EINVAL,
 * -ECHILD someone else waited. */
MPLAN_API int mplan_process_wait(mplan_process *process, struct mplan_exit *out, size_t size, mplan_error **err);

/* Sends a signal; a reaper passes it on to the program, but SIGKILL, which ends all, and SIGSTOP. Returns 0, -EINVAL, -ESRCH ended. */
MPLAN_API int mplan_process_signal(mplan_process *process, int signal, mplan_error **err);

/* Ends the object; a process that still runs is left alone and becomes the caller's to wait for. NULL does nothing. */
MPLAN_API void mplan_process_free(mplan_process *process);

MPLAN_END_DECLS

#endif
