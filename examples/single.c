/* SPDX-License-Identifier: MIT */
/* Two mounts without a plan, in a mount namespace of its own: a fresh /tmp, and
 * /usr read-only on a directory in it. Needs CAP_SYS_ADMIN. */
#define _GNU_SOURCE
#include <mountplan/mountplan.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

int main(void) {
  mplan_error *error = NULL;
  if (unshare(CLONE_NEWNS) != 0 ||
      mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
    perror("single");
    return 1;
  }
  int ok =
      mplan_mount_tmpfs("scratch", "/tmp", 1 << 20, 01777, MPLAN_ATTR_NOEXEC,
                        &error) >= 0 &&
      mkdir("/tmp/usr", 0755) == 0 &&
      mplan_mount_bind("/usr", "/tmp/usr", MPLAN_BIND_RECURSIVE, &error) >= 0;
  if (!ok) {
    fprintf(stderr, "single: %s\n",
            error != NULL ? mplan_error_message(error) : "mkdir failed");
    mplan_error_free(error);
    return 1;
  }
  puts(mkdir("/tmp/usr/new", 0755) == 0 ? "/tmp/usr can be written"
                                        : "/tmp/usr can not be written");
  return 0;
}
