/* SPDX-License-Identifier: MIT */
/* Run with set-user-ID by spawn_failure_test.cpp: exits with 0 when the library refuses to work here. */
#include <errno.h>
#include <mountplan/mountplan.h>

static int refused(int result, mplan_error *error) {
  int safety = mplan_error_kind(error) == MPLAN_ERROR_SAFETY;
  mplan_error_free(error);
  return result == -EPERM && safety;
}

int main(void) {
  static const char *const argv[] = {"/bin/true"};
  struct mplan_prepare_args args = {0};
  mplan_plan *plan = NULL;
  mplan_spawn *spawn = NULL;
  mplan_prepared *prepared = NULL;
  mplan_process *process = NULL;
  mplan_error *error = NULL;
  int result = 0;
  args.root = "/";
  if (mplan_plan_new(&plan, NULL) != 0 || mplan_spawn_new(&spawn, NULL) != 0 || mplan_spawn_set_argv(spawn, argv, 1, NULL) != 0) {
    return 10;
  }
  result = mplan_spawn_start(spawn, plan, NULL, 0, &process, &error);
  if (!refused(result, error)) {
    return 11;
  }
  error = NULL;
  result = mplan_prepare(plan, &args, sizeof args, &prepared, &error);
  if (!refused(result, error)) {
    return 12;
  }
  mplan_spawn_free(spawn);
  mplan_plan_free(plan);
  return 0;
}
