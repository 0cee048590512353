/* SPDX-License-Identifier: MIT */
#include <mountplan/mountplan.h>
#include <stdio.h>

int main(void) {
  const char *const programs[] = {"/usr", "/bin", "/lib", "/lib64"};
  const char *const argv[] = {"/bin/ls", "-l", "/"};
  mplan_plan *plan = NULL;
  mplan_spawn *spawn = NULL;
  mplan_process *process = NULL;
  mplan_error *error = NULL;
  struct mplan_exit end = {125, 0};
  int ok = mplan_plan_new(&plan, &error) >= 0 &&
           mplan_spawn_new(&spawn, &error) >= 0;
  for (size_t i = 0; ok && i < sizeof programs / sizeof *programs; i++) {
    ok = mplan_plan_bind(plan, programs[i], programs[i], MPLAN_BIND_OPTIONAL,
                         &error) >= 0; /* read-only, nosuid, nodev */
  }
  ok = ok && mplan_plan_tmpfs(plan, "/tmp", 0, 01777, 0, &error) >= 0 &&
       mplan_plan_proc(plan, "/proc", 0, &error) >= 0 &&
       mplan_plan_dev(plan, "/dev", 0, &error) >= 0 &&
       mplan_spawn_set_argv(spawn, argv, 3, &error) >= 0 &&
       mplan_spawn_set_namespaces(
           spawn, MPLAN_NAMESPACE_USER | MPLAN_NAMESPACE_PID, &error) >= 0 &&
       mplan_spawn_start(spawn, plan, NULL, 0, &process, &error) >= 0 &&
       mplan_process_wait(process, &end, sizeof end, &error) >= 0;
  if (!ok) {
    fprintf(stderr, "first: %s\n", mplan_error_message(error));
  }
  mplan_error_free(error);
  mplan_process_free(process);
  mplan_spawn_free(spawn);
  mplan_plan_free(plan);
  return end.code;
}
