/* SPDX-License-Identifier: MIT */
/*
 * Run inside a sandbox by commit_test.cpp, as root of its user namespace with all capabilities there: tries to take away, move and make
 * writable every mount of the plan; again after unshare(2) of the mount namespace, and of the user namespace. Writes a line for each thing
 * that worked and should not have; then how many mounts it tried.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { most = 128, empty_path = 0x1000, recursive = 0x8000 };

struct attributes {
  unsigned long long set, clear, propagation, user_namespace;
};

struct place {
  char point[256];
  char options[256];
};

static struct place places[most];
static int count;

static int read_table(void) {
  char line[4096];
  FILE *table = fopen("/proc/self/mountinfo", "r");
  if (table == NULL) {
    return -1;
  }
  count = 0;
  while (count < most && fgets(line, sizeof line, table) != NULL) {
    count += sscanf(line, "%*s %*s %*s %*s %255s %255s", places[count].point, places[count].options) == 2 ? 1 : 0;
  }
  fclose(table);
  return count;
}

static void worked(const char *when, const char *what, const char *point, long result) {
  if (result >= 0) {
    printf("%s: %s of %s worked\n", when, what, point);
  }
}

static long set_attributes(const char *point, unsigned flags, struct attributes change) {
  return syscall(442, AT_FDCWD, point, flags, &change, sizeof change);
}

static void attack(const char *when) {
  static const unsigned long long read_only = 1, no_suid = 2, no_dev = 4, no_exec = 8;
  for (int i = 0; i < count; i++) {
    const char *point = places[i].point;
    const char *options = places[i].options;
    worked(when, "umount2", point, umount2(point, MNT_DETACH));
    worked(when, "move_mount", point, syscall(429, AT_FDCWD, point, AT_FDCWD, "/tmp", 0));
    worked(when, "MS_MOVE", point, mount(point, "/tmp", NULL, MS_MOVE, NULL));
    if (strncmp(options, "ro", 2) == 0) {
      worked(when, "mount_setattr", point, set_attributes(point, 0, (struct attributes){.clear = read_only}));
      worked(when, "remount", point, mount(NULL, point, NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
    }
    if (strstr(options, "nosuid") != NULL) {
      worked(when, "suid", point, set_attributes(point, 0, (struct attributes){.clear = no_suid}));
    }
    if (strstr(options, "nodev") != NULL) {
      worked(when, "dev", point, set_attributes(point, 0, (struct attributes){.clear = no_dev}));
    }
    if (strstr(options, "noexec") != NULL) {
      worked(when, "exec", point, set_attributes(point, 0, (struct attributes){.clear = no_exec}));
    }
  }
  worked(when, "pivot_root", "/", syscall(SYS_pivot_root, "/tmp", "/tmp"));
  /* A copy without what covers it would show what is covered. */
  worked(when, "open_tree", "/", syscall(428, AT_FDCWD, "/", 1));
}

int main(void) {
  if (read_table() <= 0) {
    printf("no table\n");
    return 1;
  }
  int before = count;
  attack("at once");
  if (unshare(CLONE_NEWNS) != 0) {
    printf("unshare: %s\n", strerror(errno));
    return 1;
  }
  attack("in a namespace of its own");
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
    printf("unshare of the user namespace: %s\n", strerror(errno));
    return 1;
  }
  attack("in a user namespace of its own");
  printf("tried %d, left %d\n", before, read_table());
  return 0;
}
