/* SPDX-License-Identifier: MIT */
/*
 * Error objects.
 *
 * Every function that can fail returns a negative errno value and takes, as its last parameter, a
 * `mplan_error **err`. It may be NULL. It is written only on failure, with an object that the caller
 * owns and ends with mplan_error_free(). Nothing is thread-local and nothing is global.
 *
 * Unless a function says otherwise: strings returned here are NUL-terminated, borrowed from the error
 * and valid until it is freed; passing NULL as the error gives 0, -1 or NULL as documented; an error
 * object may be read from any thread, by one thread at a time; nothing here is safe in a signal handler.
 */
#ifndef MOUNTPLAN_ERROR_H
#define MOUNTPLAN_ERROR_H

#include <mountplan/version.h>

MPLAN_BEGIN_DECLS

/* What went wrong, in every detail. */
typedef struct mplan_error mplan_error;

/* What went wrong, in kind. */
enum {
  MPLAN_ERROR_SYSCALL = 1,     /* the kernel refused a call: see call and errno */
  MPLAN_ERROR_ARGUMENT = 2,    /* an argument of the function is not acceptable */
  MPLAN_ERROR_PARSE = 3,       /* malformed input text: see line and column */
  MPLAN_ERROR_VALIDATION = 4,  /* the plan contradicts itself */
  MPLAN_ERROR_UNSUPPORTED = 5, /* this kernel or backend cannot do it; nothing was changed */
  MPLAN_ERROR_SAFETY = 6,      /* refused because it would break a security guarantee */
  MPLAN_ERROR_STATE = 7,       /* the call does not fit the state of the object or the system */
  MPLAN_ERROR_NOMEM = 8,       /* out of memory */
  MPLAN_ERROR_CHILD = 9,       /* the child of a spawn failed in a way that is no system call */
  MPLAN_ERROR_CALLBACK = 10,   /* a callback of the caller asked to stop */
  MPLAN_ERROR_INTERNAL = 11    /* a bug in the library */
};

/* When it went wrong. */
enum {
  MPLAN_STAGE_NONE = 0,     /* outside the life of a plan */
  MPLAN_STAGE_VALIDATE = 1, /* while the plan was built or validated */
  MPLAN_STAGE_PREPARE = 2,  /* host phase: nothing was changed yet */
  MPLAN_STAGE_APPLY = 3,    /* while ops were carried out; what was done is undone (see mplan_error_left()) */
  MPLAN_STAGE_COMMIT = 4    /* while the finished root became the root; afterwards there is no way back (see mplan_error_left()) */
};

/*
 * Ends the life of an error object. NULL is allowed and does nothing. Never fails. Since 0.1.0.
 */
MPLAN_API void mplan_error_free(mplan_error *error);

/* One of the MPLAN_ERROR_ kinds; 0 for NULL. Since 0.1.0. */
MPLAN_API int mplan_error_kind(const mplan_error *error);

/* The errno value, positive (2 for ENOENT): the negated return value of the failed function. 0 for NULL. Since 0.1.0. */
MPLAN_API int mplan_error_errno(const mplan_error *error);

/* One of the MPLAN_STAGE_ values; MPLAN_STAGE_NONE for NULL. Since 0.1.0. */
MPLAN_API int mplan_error_stage(const mplan_error *error);

/* Index of the op in the plan, counted from 0; -1 where no op is concerned and for NULL. Since 0.1.0. */
MPLAN_API int mplan_error_op(const mplan_error *error);

/*
 * How many changes could not be taken back after the failure, 255 standing for that many and more. 0, also for NULL, when the mounts and
 * files are as before, which is what to expect: others come from somebody else's change in between (a mount put on top of one of the
 * plan's, a file put in the place of one it made), from an op that has no way back, or from a failure after the root was entered. Since
 * 0.1.0.
 */
MPLAN_API int mplan_error_left(const mplan_error *error);

/* Name of the op ("bind", "overlay"); NULL where no op is concerned. Since 0.1.0. */
MPLAN_API const char *mplan_error_op_name(const mplan_error *error);

/* Name of the failed system call ("move_mount"); NULL where none failed. Since 0.1.0. */
MPLAN_API const char *mplan_error_call(const mplan_error *error);

/* Source of the op as the caller gave it; NULL where there is none. Since 0.1.0. */
MPLAN_API const char *mplan_error_source(const mplan_error *error);

/* Target of the op as the caller gave it; NULL where there is none. Since 0.1.0. */
MPLAN_API const char *mplan_error_target(const mplan_error *error);

/* The path the failed call was about, where it is neither source nor target; else NULL. Since 0.1.0. */
MPLAN_API const char *mplan_error_path(const mplan_error *error);

/* Line of the input text, counted from 1; 0 where there is no input text. Since 0.1.0. */
MPLAN_API uint64_t mplan_error_line(const mplan_error *error);

/* Byte column in that line, counted from 1; 0 where there is no input text. Since 0.1.0. */
MPLAN_API uint64_t mplan_error_column(const mplan_error *error);

/* What exactly is wrong, one sentence without a full stop; NULL where the errno says it all. Since 0.1.0. */
MPLAN_API const char *mplan_error_detail(const mplan_error *error);

/* The kernel's own message from the fsopen(2) log; NULL where there was none. Since 0.1.0. */
MPLAN_API const char *mplan_error_log(const mplan_error *error);

/* What the reader can do about it; NULL where the library has no advice. Since 0.1.0. */
MPLAN_API const char *mplan_error_hint(const mplan_error *error);

/*
 * The error that this one follows from; NULL where there is none. Borrowed: it is freed with `error`.
 * Since 0.1.0.
 */
MPLAN_API const mplan_error *mplan_error_cause(const mplan_error *error);

/*
 * The one-line message, always of the shape
 *   op 7 bind /srv/data -> /data: mount_setattr: Operation not permitted
 * followed by ` (DETAIL)` where there is one. Never NULL; "no error" for NULL. Since 0.1.0.
 */
MPLAN_API const char *mplan_error_message(const mplan_error *error);

MPLAN_END_DECLS

#endif
