/* SPDX-License-Identifier: MIT */
/* Prints the mounts that can be seen below a path, indented: tree [PATH]. */
#include <mountplan/mountplan.h>
#include <stdio.h>

int main(int argc, char **argv) {
  mplan_table *table = NULL;
  mplan_tree *tree = NULL;
  mplan_error *error = NULL;
  int ok = mplan_table_read_self(0, &table, &error) >= 0 &&
           mplan_tree_unfold(table, argc > 1 ? argv[1] : "/",
                             MPLAN_UNFOLD_OWNER, &tree, &error) >= 0;
  for (size_t i = 0; ok && i < mplan_tree_count(tree); i++) {
    struct mplan_node node;
    struct mplan_mount mount;
    if (mplan_tree_get(tree, i, &node, sizeof node) == 0 && node.covered == 0 &&
        mplan_table_get(table, node.mount, &mount, sizeof mount) == 0) {
      printf("%*s%s\n", 2 * (int)node.depth, "", mount.mount_point);
    }
  }
  if (!ok) {
    fprintf(stderr, "tree: %s\n", mplan_error_message(error));
  }
  mplan_error_free(error);
  mplan_tree_free(tree);
  mplan_table_unref(table);
  return ok ? 0 : 1;
}
