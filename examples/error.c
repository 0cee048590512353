/* SPDX-License-Identifier: MIT */
/* What an error object says: a plan whose second op has a source that is not
 * there. */
#include <mountplan/mountplan.h>
#include <stdio.h>

static const char *or_none(const char *text) {
  return text != NULL ? text : "none";
}

int main(void) {
  mplan_plan *plan = NULL;
  mplan_trace *trace = NULL;
  mplan_error *error = NULL;
  if (mplan_plan_new(&plan, &error) >= 0 &&
      mplan_plan_dir(plan, "/work", 0755, 0, &error) >= 0 &&
      mplan_plan_bind(plan, "/no/such/place", "/data", 0, &error) >= 0) {
    mplan_explain(plan, NULL, 0, &trace, &error);
  }
  if (error == NULL) {
    fputs("error: this was to fail\n", stderr);
    return 1;
  }
  printf("%s\n", mplan_error_message(error));
  printf("op %d (%s), call %s, errno %d\n", mplan_error_op(error),
         or_none(mplan_error_op_name(error)), or_none(mplan_error_call(error)),
         mplan_error_errno(error));
  printf("source %s, target %s, path %s\n", or_none(mplan_error_source(error)),
         or_none(mplan_error_target(error)), or_none(mplan_error_path(error)));
  printf("hint: %s\n", or_none(mplan_error_hint(error)));
  mplan_error_free(error);
  mplan_trace_free(trace);
  mplan_plan_free(plan);
  return 0;
}
