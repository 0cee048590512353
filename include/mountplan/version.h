/* SPDX-License-Identifier: MIT */
/* Version of the library and the two macros every other header needs. */
#ifndef MOUNTPLAN_VERSION_H
#define MOUNTPLAN_VERSION_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define MPLAN_BEGIN_DECLS extern "C" {
#define MPLAN_END_DECLS }
#else
#define MPLAN_BEGIN_DECLS /* before the declarations of a header: C linkage in C++ */
#define MPLAN_END_DECLS   /* after them */
#endif

/* Marks a symbol as part of the ABI. Everything else in the library is hidden. */
#if defined(__GNUC__)
#define MPLAN_API __attribute__((visibility("default")))
#else
#define MPLAN_API
#endif

/* Version of these headers: what the program was compiled against. */
#define MPLAN_VERSION_MAJOR 0        /* changes when programs have to be changed */
#define MPLAN_VERSION_MINOR 1        /* changes when something is added; before 1.0 also when programs have to be compiled again */
#define MPLAN_VERSION_PATCH 0        /* changes when something is mended */
#define MPLAN_VERSION_STRING "0.1.0" /* the three of them */

MPLAN_BEGIN_DECLS

/*
 * The version of the library that is linked at run time, as "MAJOR.MINOR.PATCH".
 *
 * Returns a NUL-terminated string with static lifetime; never NULL.
 * Errors: none. Threads: any thread, any time. Signals: safe in a handler. Since 0.1.0.
 */
MPLAN_API const char *mplan_version(void);

MPLAN_END_DECLS

#endif
