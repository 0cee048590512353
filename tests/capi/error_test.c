/* SPDX-License-Identifier: MIT */
/* Error objects: what they say for NULL, who owns them, the shape of the message. */
#include <errno.h>
#include <mountplan/mountplan.h>

#include "check.h"

static void null_stands_for_no_error(void) {
  CHECK(mplan_error_kind(NULL) == 0);
  CHECK(mplan_error_errno(NULL) == 0);
  CHECK(mplan_error_stage(NULL) == MPLAN_STAGE_NONE);
  CHECK(mplan_error_left(NULL) == 0);
  CHECK(mplan_error_op(NULL) == -1);
  CHECK(mplan_error_line(NULL) == 0);
  CHECK(mplan_error_column(NULL) == 0);
  CHECK_TEXT(mplan_error_op_name(NULL), NULL);
  CHECK_TEXT(mplan_error_call(NULL), NULL);
  CHECK_TEXT(mplan_error_source(NULL), NULL);
  CHECK_TEXT(mplan_error_target(NULL), NULL);
  CHECK_TEXT(mplan_error_path(NULL), NULL);
  CHECK_TEXT(mplan_error_detail(NULL), NULL);
  CHECK_TEXT(mplan_error_log(NULL), NULL);
  CHECK_TEXT(mplan_error_hint(NULL), NULL);
  CHECK(mplan_error_cause(NULL) == NULL);
  CHECK_TEXT(mplan_error_message(NULL), "no error");
  mplan_error_free(NULL);
}

static void success_does_not_touch_the_error(void) {
  mplan_plan *plan = NULL;
  char mark;
  mplan_error *err = (mplan_error *)&mark;
  CHECK(mplan_plan_new(&plan, &err) == 0);
  CHECK(mplan_plan_proc(plan, "/proc", 0, &err) == 0);
  CHECK(mplan_plan_validate(plan, &err) == 0);
  CHECK(err == (mplan_error *)&mark);
  mplan_plan_free(plan);
}

static void a_refused_op_is_named_with_its_source_and_target(void) {
  mplan_plan *plan = NULL;
  mplan_error *err = NULL;
  CHECK(mplan_plan_new(&plan, NULL) == 0);
  CHECK(mplan_plan_tmpfs(plan, "/tmp", 0, 01777, 0, NULL) == 0);
  CHECK(mplan_plan_bind(plan, "/srv/data", "data", 0, &err) == -EINVAL);
  CHECK(mplan_error_kind(err) == MPLAN_ERROR_ARGUMENT);
  CHECK(mplan_error_errno(err) == EINVAL);
  CHECK(mplan_error_stage(err) == MPLAN_STAGE_VALIDATE);
  CHECK(mplan_error_left(err) == 0);
  CHECK(mplan_error_op(err) == 1);
  CHECK_TEXT(mplan_error_op_name(err), "bind");
  CHECK_TEXT(mplan_error_call(err), NULL);
  CHECK_TEXT(mplan_error_source(err), "/srv/data");
  CHECK_TEXT(mplan_error_target(err), "data");
  CHECK_TEXT(mplan_error_detail(err), "target \"data\" is not absolute");
  CHECK_TEXT(mplan_error_message(err), "op 1 bind /srv/data -> data: Invalid argument (target \"data\" is not absolute)");
  CHECK(mplan_error_cause(err) == NULL);
  mplan_error_free(err);
  mplan_plan_free(plan);
}

static void an_error_outlives_the_plan_it_is_about(void) {
  mplan_plan *plan = NULL;
  mplan_error *err = NULL;
  CHECK(mplan_plan_new(&plan, NULL) == 0);
  CHECK(mplan_plan_symlink(plan, "relative", "/link", MPLAN_SYMLINK_DEREFERENCE, NULL) == 0);
  CHECK(mplan_plan_validate(plan, &err) == -EINVAL);
  mplan_plan_free(plan);
  CHECK(mplan_error_kind(err) == MPLAN_ERROR_VALIDATION);
  CHECK_TEXT(mplan_error_source(err), "relative");
  CHECK_TEXT(mplan_error_target(err), "/link");
  mplan_error_free(err);
}

static void every_failure_can_do_without_an_error_object(void) {
  CHECK(mplan_plan_new(NULL, NULL) == -EINVAL);
  CHECK(mplan_plan_proc(NULL, "/proc", 0, NULL) == -EINVAL);
  CHECK(mplan_plan_validate(NULL, NULL) == -EINVAL);
}

int main(void) {
  null_stands_for_no_error();
  success_does_not_touch_the_error();
  a_refused_op_is_named_with_its_source_and_target();
  an_error_outlives_the_plan_it_is_about();
  every_failure_can_do_without_an_error_object();
  return check_result();
}
