/* SPDX-License-Identifier: MIT */
/*
 * The unfolded tree: the hierarchy of mounts at and below one mount point, covered mounts resolved.
 *
 * Nodes are kept in pre-order, so walking a tree is a for loop and a subtree is a range. Siblings keep table order.
 * A tree never changes and may be read by any number of threads. It holds a reference to its table. None of these
 * functions is safe in a signal handler.
 */
#ifndef MOUNTPLAN_TREE_H
#define MOUNTPLAN_TREE_H

#include <mountplan/table.h>

MPLAN_BEGIN_DECLS

/* Mounts as a tree. */
typedef struct mplan_tree mplan_tree;

/* Flags of mplan_tree_unfold(). */
enum {
  MPLAN_UNFOLD_OWNER = 1 << 0 /* a target that is no mount point stands for the visible mount it lies on */
};

/* Why a node is, or is not, visible. */
enum {
  MPLAN_NODE_VISIBLE = 0,       /* it is reached by its path */
  MPLAN_NODE_STACKED = 1,       /* another mount sits on its root: it is below the top of a stack */
  MPLAN_NODE_UNDER_SIBLING = 2, /* a sibling is mounted at a path that leads to it */
  MPLAN_NODE_ORPHAN = 3,        /* its parent is not in the table, or its chain of parents is a cycle */
  MPLAN_NODE_DUPLICATE = 4,     /* its id comes again later in the table */
  MPLAN_NODE_INHERITED = 5      /* reached only through a mount that is not visible */
};

/* One node. Indices are -1 where there is none. */
struct mplan_node {
  uint64_t mount;       /* index of the mount in the table */
  int64_t parent;       /* index of the parent node */
  int64_t first_child;  /* index of the first child node */
  int64_t next_sibling; /* index of the next node under the same parent */
  uint32_t depth;       /* 0 for the node at the target */
  uint32_t reason;      /* one of MPLAN_NODE_ */
  uint32_t covered;     /* 1 where the mount cannot be reached by its path, else 0 */
  uint32_t reserved;    /* 0 */
};

/*
 * Unfolds the mounts at and below `target`.
 *
 * table: not NULL; referenced, not copied. target: absolute path, cleaned lexically; NULL stands for the whole table, whose
 * tree is a forest (a table read in a chroot shows only orphans; each becomes a root with depth 0).
 * flags: MPLAN_UNFOLD_. out: receives the tree; not NULL.
 * With a target, the first node is the topmost mount there. Covered mounts are kept, with their reason.
 * Returns 0. Errors: -EINVAL unknown flag, NULL table or out, target not absolute; -ESTALE (kind STATE) no mount has that
 * mount point, or the mount that has it is covered, which the message says with the covering mount's id and path; -ENOMEM.
 * Ownership: one owner, mplan_tree_free(). Threads: any. Since 0.1.0.
 */
MPLAN_API int mplan_tree_unfold(mplan_table *table, const char *target, uint64_t flags, mplan_tree **out, mplan_error **err);

/* Ends the life of a tree and its reference to the table. NULL does nothing. Since 0.1.0. */
MPLAN_API void mplan_tree_free(mplan_tree *tree);

/* Number of nodes, covered ones included; 0 for NULL. Since 0.1.0. */
MPLAN_API size_t mplan_tree_count(const mplan_tree *tree);

/*
 * Fills `out` with node `i` (0 to count - 1, pre-order); `size` as in mplan_table_get().
 * Returns 0, or -EINVAL for a NULL pointer, -ERANGE for `i` out of range. Since 0.1.0.
 */
MPLAN_API int mplan_tree_get(const mplan_tree *tree, size_t i, struct mplan_node *out, size_t size);

/* The table the tree was unfolded from, borrowed from the tree; NULL for NULL. Since 0.1.0. */
MPLAN_API const mplan_table *mplan_tree_table(const mplan_tree *tree);

MPLAN_END_DECLS

#endif
