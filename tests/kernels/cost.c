/* SPDX-License-Identifier: MIT */
/*
 * What `mountplan run` costs where the host has 3 000 mounts more, as a ratio to what it costs without, for each way to enter the root:
 * `scripts/kernels --cost` runs it as root of a machine that is thrown away. Argument: the command. Nothing of the library is used.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { extra = 3000, rounds = 31 };

struct way {
  const char *identity;
  const char *commit;
  const char *backend;
  const char *unshare; /* an option more */
  double cost[2];      /* milliseconds, without and with the mounts */
};

/* The fd backend always pivots. */
static struct way ways[] = {
    {"root", "namespace", "auto", "--unshare-pid", {0, 0}},
    {"root", "pivot", "fd", "--unshare-pid", {0, 0}},
    {"root, new user namespace", "namespace", "auto", "--unshare-all", {0, 0}},
    {"root, new user namespace", "pivot", "fd", "--unshare-all", {0, 0}},
};
enum { way_count = sizeof ways / sizeof ways[0] };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static double run(const char *command, const struct way *way) {
  double begin = now();
  pid_t child = fork();
  if (child == 0) {
    execl(command, command, "run", "--backend", way->backend, way->unshare, "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib",
          "--symlink", "usr/lib64", "/lib64", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--", "/usr/bin/true", (char *)NULL);
    _exit(255);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) {
    printf("## trouble: run with %s as %s ended with %d\n", way->commit, way->identity, status);
    exit(1);
  }
  return now() - begin;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a;
  double y = *(const double *)b;
  return x < y ? -1 : x > y;
}

/* Medians, the ways taking turns. */
static void measure(const char *command, int many) {
  double costs[way_count][rounds];
  for (int round = -1; round < rounds; round++) {
    for (int i = 0; i < way_count; i++) {
      double cost = run(command, &ways[i]);
      if (round >= 0) {
        costs[i][round] = cost;
      }
    }
  }
  for (int i = 0; i < way_count; i++) {
    qsort(costs[i], rounds, sizeof(double), compare);
    ways[i].cost[many] = costs[i][rounds / 2];
  }
}

static void mount_many(void) {
  mkdir("/many", 0755);
  for (int i = 0; i < extra; i++) {
    char path[32];
    snprintf(path, sizeof path, "/many/%d", i);
    mkdir(path, 0755);
    if (mount("/srv", path, NULL, MS_BIND, NULL) != 0) {
      printf("## trouble: mount %d: %s\n", i, strerror(errno));
      exit(1);
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 2) {
    return 2;
  }
  measure(argv[1], 0);
  mount_many();
  measure(argv[1], 1);
  for (int i = 0; i < way_count; i++) {
    const struct way *way = &ways[i];
    printf("%s | %s | %.1f | %.1f | %.2f\n", way->identity, way->commit, way->cost[0], way->cost[1], way->cost[1] / way->cost[0]);
  }
  return 0;
}
