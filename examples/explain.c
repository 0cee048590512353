/* SPDX-License-Identifier: MIT */
/* Describes a root with an overlay, and prints each system call that applying
 * it would make; changes nothing. */
#include <mountplan/mountplan.h>
#include <stdio.h>

int main(void) {
  mplan_plan *plan = NULL;
  mplan_trace *trace = NULL;
  mplan_error *error = NULL;
  int ok = mplan_plan_new(&plan, &error) >= 0;
  int overlay =
      ok ? mplan_plan_overlay(plan, "/usr", MPLAN_OVERLAY_EPHEMERAL, &error)
         : -1;
  ok = overlay >= 0 && mplan_op_add_layer(plan, overlay, "/usr", &error) >= 0 &&
       mplan_plan_symlink(plan, "usr/bin", "/bin", 0, &error) >= 0 &&
       mplan_plan_dir(plan, "/work", 0755, 0, &error) >= 0 &&
       mplan_plan_file(plan, "/etc/motd", "hello\n", 6, 0444, 0, &error) >= 0 &&
       mplan_plan_validate(plan, &error) >= 0 &&
       mplan_explain(plan, NULL, 0, &trace, &error) >= 0;
  if (ok) {
    printf("backend %s\n%s",
           mplan_backend_name((uint32_t)mplan_trace_backend(trace)),
           mplan_trace_text(trace));
  } else {
    fprintf(stderr, "explain: %s\n", mplan_error_message(error));
  }
  mplan_error_free(error);
  mplan_trace_free(trace);
  mplan_plan_free(plan);
  return ok ? 0 : 1;
}
