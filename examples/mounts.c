/* SPDX-License-Identifier: MIT */
/* Prints the mount point and type of every mount that is read-only. */
#include <mountplan/mountplan.h>
#include <stdio.h>

int main(void) {
  mplan_table *table = NULL;
  mplan_error *error = NULL;
  if (mplan_table_read_self(0, &table, &error) < 0) {
    fprintf(stderr, "mounts: %s\n", mplan_error_message(error));
    mplan_error_free(error);
    return 1;
  }
  for (size_t i = 0; i < mplan_table_count(table); i++) {
    struct mplan_mount mount;
    if (mplan_table_get(table, i, &mount, sizeof mount) == 0 &&
        (mount.attributes & MPLAN_ATTR_RDONLY) != 0) {
      printf("%s (%s)\n", mount.mount_point, mount.type);
    }
  }
  mplan_table_unref(table);
  return 0;
}
