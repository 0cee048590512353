/* SPDX-License-Identifier: MIT */
/* Explain and its event callback: told of each step of the trace, and able to stop the work at any of them, as nothing is ever changed. */
#include <errno.h>
#include <mountplan/mountplan.h>

#include "check.h"

struct heard {
  size_t count;
  size_t stop_at; /* the number of the event to stop at; 0: never */
};

static int hear(const struct mplan_event *event, void *data) {
  struct heard *heard = data;
  CHECK(event->call != NULL && event->text != NULL);
  heard->count++;
  return heard->count == heard->stop_at;
}

static mplan_plan *plan_of_a_dir(void) {
  mplan_plan *plan = NULL;
  CHECK(mplan_plan_new(&plan, NULL) == 0);
  CHECK(mplan_plan_dir(plan, "/dir", 0755, 0, NULL) == 0);
  return plan;
}

static int explain(struct heard *heard, mplan_trace **trace, mplan_error **error) {
  mplan_plan *plan = plan_of_a_dir();
  struct mplan_prepare_args args;
  int result;
  memset(&args, 0, sizeof args);
  args.event = hear;
  args.event_data = heard;
  result = mplan_explain(plan, &args, sizeof args, trace, error);
  mplan_plan_free(plan);
  return result;
}

static void the_callback_is_told_of_each_step_of_the_trace(void) {
  struct heard heard = {0, 0};
  mplan_trace *trace = NULL;
  CHECK(explain(&heard, &trace, NULL) == 0);
  CHECK(heard.count > 0);
  CHECK(heard.count == mplan_trace_count(trace));
  mplan_trace_free(trace);
}

static void the_callback_can_stop_at_each_step(void) {
  struct heard all = {0, 0};
  mplan_trace *trace = NULL;
  size_t i;
  CHECK(explain(&all, &trace, NULL) == 0);
  mplan_trace_free(trace);
  for (i = 1; i <= all.count; i++) {
    struct heard heard = {0, 0};
    mplan_error *error = NULL;
    heard.stop_at = i;
    CHECK(explain(&heard, &trace, &error) == -ECANCELED);
    CHECK(heard.count == i);
    CHECK(mplan_error_kind(error) == MPLAN_ERROR_CALLBACK);
    CHECK(mplan_error_left(error) == 0);
    CHECK_TEXT(mplan_error_call(error), NULL);
    mplan_error_free(error);
  }
}

int main(void) {
  the_callback_is_told_of_each_step_of_the_trace();
  the_callback_can_stop_at_each_step();
  return check_result();
}
