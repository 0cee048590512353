/* SPDX-License-Identifier: MIT */
/* Prepares a plan, forks, and applies it in the child, in new namespaces, where
 * nothing may be allocated. A failure comes back by a pipe.
 */
#define _GNU_SOURCE
#include <mountplan/mountplan.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void child(mplan_prepared *prepared, int report) {
  struct mplan_failure failure;
  if (unshare(CLONE_NEWNS) != 0) {
    _exit(1);
  }
  if (mplan_apply_in_child(prepared, &failure, sizeof failure) < 0) {
    _exit(write(report, &failure, sizeof failure) == sizeof failure ? 2 : 1);
  }
  _exit(chdir("/data") == 0 && access("/usr/bin", F_OK) == 0
            ? 0
            : 3); /* here the program would be executed */
}

int main(void) {
  mplan_plan *plan = NULL;
  mplan_prepared *prepared = NULL;
  mplan_error *error = NULL;
  struct mplan_prepare_args args = {.flags = MPLAN_PREPARE_PIVOT |
                                             MPLAN_PREPARE_DEFERRED};
  int pipe_ends[2];
  int status = 1;
  if (mplan_plan_new(&plan, &error) < 0 ||
      mplan_plan_bind(plan, "/usr", "/usr", 0, &error) < 0 ||
      mplan_plan_tmpfs(plan, "/data", 0, 0755, 0, &error) < 0 ||
      mplan_prepare(plan, &args, sizeof args, &prepared, &error) < 0) {
    fprintf(stderr, "child: %s\n", mplan_error_message(error));
  } else if (pipe(pipe_ends) == 0) {
    struct mplan_failure failure;
    pid_t pid = fork();
    if (pid == 0) {
      child(prepared, pipe_ends[1]);
    }
    close(pipe_ends[1]);
    if (read(pipe_ends[0], &failure, sizeof failure) == sizeof failure) {
      mplan_prepared_error(prepared, &failure, sizeof failure, &error);
      fprintf(stderr, "child: %s\n", mplan_error_message(error));
    }
    close(pipe_ends[0]);
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
      puts("the plan was applied");
    }
  }
  mplan_error_free(error);
  mplan_prepared_free(prepared);
  mplan_plan_free(plan);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
