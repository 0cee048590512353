/* SPDX-License-Identifier: MIT */
/* Runs sort(1) without network or privilege and with an environment of one
 * variable; its standard input is a file of the caller's. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <mountplan/mountplan.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
  const char *const words[] = {"/usr/bin/sort"};
  const char *const environment[] = {"LC_ALL=C"};
  const char *const libraries[] = {"/lib", "/lib64"};
  const uint64_t namespaces = MPLAN_NAMESPACE_USER | MPLAN_NAMESPACE_PID |
                              MPLAN_NAMESPACE_NET | MPLAN_NAMESPACE_IPC |
                              MPLAN_NAMESPACE_UTS;
  mplan_plan *plan = NULL;
  mplan_spawn *spawn = NULL;
  mplan_process *process = NULL;
  mplan_error *error = NULL;
  struct mplan_exit end = {125, 0};
  int input = open(argc > 1 ? argv[1] : "/etc/passwd", O_RDONLY | O_CLOEXEC);
  int ok = mplan_plan_new(&plan, &error) >= 0 &&
           mplan_plan_bind(plan, "/usr", "/usr", 0, &error) >= 0;
  for (size_t i = 0; ok && i < sizeof libraries / sizeof *libraries; i++) {
    ok = mplan_plan_bind(plan, libraries[i], libraries[i], MPLAN_BIND_OPTIONAL,
                         &error) >= 0;
  }
  ok = ok && mplan_plan_tmpfs(plan, "/tmp", 16 << 20, 01777, 0, &error) >= 0 &&
       mplan_spawn_new(&spawn, &error) >= 0 &&
       mplan_spawn_set_argv(spawn, words, 1, &error) >= 0 &&
       mplan_spawn_set_env(spawn, environment, 1, &error) >= 0 &&
       mplan_spawn_set_cwd(spawn, "/tmp", &error) >= 0 &&
       mplan_spawn_set_namespaces(spawn, namespaces, &error) >= 0 &&
       mplan_spawn_set_hostname(spawn, "sorter", &error) >= 0 &&
       mplan_spawn_set_flags(
           spawn, MPLAN_SPAWN_DIE_WITH_PARENT | MPLAN_SPAWN_NEW_SESSION,
           &error) >= 0 &&
       mplan_spawn_add_fd(spawn, input, 0, &error) >= 0 &&
       mplan_spawn_start(spawn, plan, NULL, 0, &process, &error) >= 0 &&
       mplan_process_wait(process, &end, sizeof end, &error) >= 0;
  if (!ok) {
    fprintf(stderr, "spawn: %s\n", mplan_error_message(error));
  }
  close(input);
  mplan_error_free(error);
  mplan_process_free(process);
  mplan_spawn_free(spawn);
  mplan_plan_free(plan);
  return end.code;
}
