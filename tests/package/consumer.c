/* SPDX-License-Identifier: MIT */
/* A program of someone else: valid C and valid C++, compiled against the installed headers and linked the way they chose. */
#include <mountplan/mountplan.h>
#include <string.h>

int main(void) {
  mplan_plan *plan = NULL;
  mplan_error *error = NULL;
  if (strcmp(mplan_version(), MPLAN_VERSION_STRING) != 0 || mplan_plan_new(&plan, &error) < 0) {
    return 1;
  }
  int added = mplan_plan_tmpfs(plan, "/tmp", 0, 01777, 0, &error);
  int refused = mplan_plan_tmpfs(plan, "relative", 0, 01777, 0, &error);
  int reported = refused < 0 && mplan_error_kind(error) == MPLAN_ERROR_ARGUMENT;
  mplan_error_free(error);
  mplan_plan_free(plan);
  return added == 0 && reported ? 0 : 1;
}
