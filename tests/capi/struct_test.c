/* SPDX-License-Identifier: MIT */
/* Structs that go out as (pointer, size): callers built against an older or a newer version of the struct. */
#include <errno.h>
#include <mountplan/mountplan.h>

#include "check.h"

static mplan_plan *plan_with_a_dir(void) {
  mplan_plan *plan = NULL;
  CHECK(mplan_plan_new(&plan, NULL) == 0);
  CHECK(mplan_plan_dir(plan, "/dir", 0750, 0, NULL) == 0);
  return plan;
}

static void an_op_fills_just_the_bytes_an_older_caller_knows(void) {
  mplan_plan *plan = plan_with_a_dir();
  struct mplan_op whole;
  size_t size;
  CHECK(mplan_plan_get(plan, 0, &whole, sizeof whole) == 0);
  for (size = 0; size < sizeof whole; size++) {
    unsigned char bytes[sizeof whole];
    memset(bytes, 0xaa, sizeof bytes);
    CHECK(mplan_plan_get(plan, 0, (struct mplan_op *)(void *)bytes, size) == 0);
    CHECK(memcmp(bytes, &whole, size) == 0);
    CHECK(bytes[size] == 0xaa);
  }
  mplan_plan_free(plan);
}

static void an_op_is_zero_where_only_a_newer_caller_knows_fields(void) {
  mplan_plan *plan = plan_with_a_dir();
  struct {
    struct mplan_op known;
    unsigned char added[24];
  } newer;
  size_t i;
  memset(&newer, 0xaa, sizeof newer);
  CHECK(mplan_plan_get(plan, 0, &newer.known, sizeof newer) == 0);
  CHECK_TEXT(newer.known.target, "/dir");
  for (i = 0; i < sizeof newer.added; i++) {
    CHECK(newer.added[i] == 0);
  }
  mplan_plan_free(plan);
}

static void an_op_is_not_written_without_a_plan_or_an_index(void) {
  mplan_plan *plan = plan_with_a_dir();
  struct mplan_op op;
  memset(&op, 0xaa, sizeof op);
  CHECK(mplan_plan_get(NULL, 0, &op, sizeof op) == -EINVAL);
  CHECK(mplan_plan_get(plan, 0, NULL, sizeof op) == -EINVAL);
  CHECK(mplan_plan_get(plan, 1, &op, sizeof op) == -ERANGE);
  CHECK(*(unsigned char *)&op == 0xaa);
  mplan_plan_free(plan);
}

int main(void) {
  an_op_fills_just_the_bytes_an_older_caller_knows();
  an_op_is_zero_where_only_a_newer_caller_knows_fields();
  an_op_is_not_written_without_a_plan_or_an_index();
  return check_result();
}
