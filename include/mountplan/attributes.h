/* SPDX-License-Identifier: MIT */
/* Attributes of one mount and its propagation, as decoded from a table and as asked for in a plan. */
#ifndef MOUNTPLAN_ATTRIBUTES_H
#define MOUNTPLAN_ATTRIBUTES_H

#include <mountplan/version.h>

MPLAN_BEGIN_DECLS

/*
 * Per-mount attributes, mount_setattr(2). Sets of them are uint64_t.
 *
 * A mount has exactly one access time mode. RELATIME is the kernel's default; NOATIME never updates; a mount
 * with neither updates strictly (STRICTATIME). NODIRATIME comes on top of any of them.
 */
enum {
  MPLAN_ATTR_RDONLY = 1 << 0,      /* nothing is written through it */
  MPLAN_ATTR_NOSUID = 1 << 1,      /* set-user-ID bits and file capabilities are ignored */
  MPLAN_ATTR_NODEV = 1 << 2,       /* device nodes can not be opened */
  MPLAN_ATTR_NOEXEC = 1 << 3,      /* nothing is executed from it */
  MPLAN_ATTR_NOSYMFOLLOW = 1 << 4, /* symbolic links are not followed; Linux 5.10 */
  MPLAN_ATTR_NOATIME = 1 << 5,     /* access times are not updated */
  MPLAN_ATTR_NODIRATIME = 1 << 6,  /* nor those of directories */
  MPLAN_ATTR_RELATIME = 1 << 7,    /* access times are updated when older than the modification, or a day */
  MPLAN_ATTR_STRICTATIME = 1 << 8  /* access times are always updated */
};

/* Propagation types, mount_namespaces(7). In a table they are a set: a mount may be shared and a slave. */
enum {
  MPLAN_PROPAGATION_PRIVATE = 1 << 0,   /* no mount event comes in or goes out */
  MPLAN_PROPAGATION_SLAVE = 1 << 1,     /* events come in from the master */
  MPLAN_PROPAGATION_SHARED = 1 << 2,    /* events go both ways among its peers */
  MPLAN_PROPAGATION_UNBINDABLE = 1 << 3 /* private, and can not be bound */
};

MPLAN_END_DECLS

#endif
