/* SPDX-License-Identifier: MIT */
/*
 * Structs go in and out as (pointer, size), for callers built against an older or a newer version of them: one table of the functions that
 * fill a struct, one of those that take one, and the same rules for each.
 */
#include <errno.h>
#include <mountplan/mountplan.h>
#include <stdlib.h>

#include "capi/check.h"

enum { MOST = 128, ADDED = 24 }; /* bytes of the largest struct below; bytes a newer caller has at the end of his */

/* What the functions are tried on. */
static mplan_table *table;
static mplan_tree *tree;
static mplan_plan *plan;
static mplan_plan *bad_plan; /* does not pass validation, so that nothing is started with it */
static mplan_trace *trace;
static mplan_features *features;
static mplan_spawn *spawn;
static mplan_prepared *prepared;
static mplan_process *process; /* NULL where no namespaces are to be had */

/* A process that has ended, started in a copy of the host's root. */
static void start_a_process(void) {
  const char *required = getenv("MOUNTPLAN_REQUIRE_LIVE");
  mplan_plan *whole = NULL;
  mplan_error *error = NULL;
  CHECK(mplan_plan_new(&whole, NULL) == 0);
  CHECK(mplan_plan_bind(whole, "/", "/", 0, NULL) == 0);
  CHECK(mplan_spawn_set_namespaces(spawn, MPLAN_NAMESPACE_USER, NULL) == 0);
  if (mplan_spawn_start(spawn, whole, NULL, 0, &process, &error) < 0) {
    fprintf(stderr, "without mplan_process_wait: %s\n", mplan_error_message(error));
    CHECK(required == NULL || strcmp(required, "1") != 0);
    mplan_error_free(error);
  }
  mplan_plan_free(whole);
}

static void set_up(void) {
  static const char text[] = "20 1 0:20 / / rw - tmpfs rootfs rw\n";
  static const char *const argv[] = {"/bin/true"};
  struct mplan_prepare_args args;
  memset(&args, 0, sizeof args);
  CHECK(mplan_table_parse(text, sizeof text - 1, 0, &table, NULL) == 0);
  CHECK(mplan_tree_unfold(table, NULL, 0, &tree, NULL) == 0);
  CHECK(mplan_plan_new(&plan, NULL) == 0);
  CHECK(mplan_plan_dir(plan, "/dir", 0750, 0, NULL) == 0);
  CHECK(mplan_explain(plan, NULL, 0, &trace, NULL) == 0);
  CHECK(mplan_features_read(0, &features, NULL) == 0);
  CHECK(mplan_plan_new(&bad_plan, NULL) == 0);
  CHECK(mplan_plan_overlay(bad_plan, "/without-layers", 0, NULL) == 0);
  CHECK(mplan_spawn_new(&spawn, NULL) == 0);
  CHECK(mplan_spawn_set_argv(spawn, argv, 1, NULL) == 0);
  start_a_process();
  args.flags = MPLAN_PREPARE_PIVOT;
  CHECK(mplan_prepare(plan, &args, sizeof args, &prepared, NULL) == 0);
}

static void tear_down(void) {
  mplan_process_free(process);
  mplan_prepared_free(prepared);
  mplan_spawn_free(spawn);
  mplan_plan_free(bad_plan);
  mplan_features_free(features);
  mplan_trace_free(trace);
  mplan_plan_free(plan);
  mplan_tree_free(tree);
  mplan_table_unref(table);
}

/* Functions that fill entry `i` of an object; with or without the object. */
static int fill_mount(int with, size_t i, void *out, size_t size) { return mplan_table_get(with ? table : NULL, i, out, size); }
static int fill_node(int with, size_t i, void *out, size_t size) { return mplan_tree_get(with ? tree : NULL, i, out, size); }
static int fill_op(int with, size_t i, void *out, size_t size) { return mplan_plan_get(with ? plan : NULL, i, out, size); }
static int fill_event(int with, size_t i, void *out, size_t size) { return mplan_trace_get(with ? trace : NULL, i, out, size); }
static int fill_feature(int with, size_t i, void *out, size_t size) { return mplan_features_get(with ? features : NULL, i, out, size); }

static int fill_exit(int with, size_t i, void *out, size_t size) {
  (void)i;
  return mplan_process_wait(with ? process : NULL, out, size, NULL);
}

static const struct filler {
  const char *name;
  int (*fill)(int with, size_t i, void *out, size_t size);
  size_t size;
  int has_entries;
} fillers[] = {
    {"mplan_table_get", fill_mount, sizeof(struct mplan_mount), 1},
    {"mplan_tree_get", fill_node, sizeof(struct mplan_node), 1},
    {"mplan_plan_get", fill_op, sizeof(struct mplan_op), 1},
    {"mplan_trace_get", fill_event, sizeof(struct mplan_event), 1},
    {"mplan_features_get", fill_feature, sizeof(struct mplan_feature), 1},
    {"mplan_process_wait", fill_exit, sizeof(struct mplan_exit), 0},
};

/* An older caller gets just the bytes he knows, and not one more is written. */
static void shorter_is_filled_as_far_as_it_goes(const struct filler *of) {
  unsigned char whole[MOST], bytes[MOST];
  size_t size;
  CHECK(of->fill(1, 0, whole, of->size) == 0);
  for (size = 0; size < of->size; size++) {
    memset(bytes, 0xaa, sizeof bytes);
    CHECK(of->fill(1, 0, bytes, size) == 0);
    CHECK(memcmp(bytes, whole, size) == 0);
    CHECK(bytes[size] == 0xaa);
  }
}

static void longer_is_zero_at_the_end(const struct filler *of) {
  unsigned char whole[MOST], bytes[MOST + ADDED + 1];
  size_t i;
  CHECK(of->fill(1, 0, whole, of->size) == 0);
  memset(bytes, 0xaa, sizeof bytes);
  CHECK(of->fill(1, 0, bytes, of->size + ADDED) == 0);
  CHECK(memcmp(bytes, whole, of->size) == 0);
  for (i = 0; i < ADDED; i++) {
    CHECK(bytes[of->size + i] == 0);
  }
  CHECK(bytes[of->size + ADDED] == 0xaa);
}

static void nothing_is_written_when_it_fails(const struct filler *of) {
  unsigned char bytes[MOST];
  memset(bytes, 0xaa, sizeof bytes);
  CHECK(of->fill(0, 0, bytes, of->size) == -EINVAL);
  CHECK(of->fill(1, 0, NULL, of->size) == -EINVAL);
  CHECK(of->fill(1, 0, NULL, 0) == -EINVAL);
  CHECK(!of->has_entries || of->fill(1, (size_t)-1, bytes, of->size) == -ERANGE);
  CHECK(bytes[0] == 0xaa);
}

/* Functions that take struct mplan_prepare_args. What is accepted fails validation of the plan, what is not fails before. */
static int take_explain(const void *args, size_t size, mplan_error **err) {
  mplan_trace *out = NULL;
  return mplan_explain(bad_plan, args, size, &out, err);
}
static int take_prepare(const void *args, size_t size, mplan_error **err) {
  mplan_prepared *out = NULL;
  return mplan_prepare(bad_plan, args, size, &out, err);
}
static int take_start(const void *args, size_t size, mplan_error **err) {
  mplan_process *out = NULL;
  return mplan_spawn_start(spawn, bad_plan, args, size, &out, err);
}

static const struct taker {
  const char *name;
  int (*take)(const void *args, size_t size, mplan_error **err);
  int needs_root;
} takers[] = {{"mplan_explain", take_explain, 0}, {"mplan_prepare", take_prepare, 1}, {"mplan_spawn_start", take_start, 0}};

static void expect(const struct taker *of, const void *args, size_t size, int result, int kind) {
  mplan_error *error = NULL;
  CHECK(of->take(args, size, &error) == result);
  CHECK(mplan_error_kind(error) == kind);
  mplan_error_free(error);
}

static void a_given_struct_may_be_shorter_or_have_zeros_at_the_end(const struct taker *of) {
  struct {
    struct mplan_prepare_args known;
    unsigned char added[ADDED];
  } newer;
  const size_t known = sizeof newer.known;
  memset(&newer, 0, sizeof newer);
  newer.known.root = of->needs_root ? "/" : NULL;
  expect(of, &newer, known, -EINVAL, MPLAN_ERROR_VALIDATION);
  expect(of, &newer, sizeof newer, -EINVAL, MPLAN_ERROR_VALIDATION);
  expect(of, &newer, offsetof(struct mplan_prepare_args, event), -EINVAL, MPLAN_ERROR_VALIDATION);

  newer.added[ADDED - 1] = 1;
  expect(of, &newer, sizeof newer, -E2BIG, MPLAN_ERROR_ARGUMENT);
  expect(of, &newer, known, -EINVAL, MPLAN_ERROR_VALIDATION);
}

static void what_lies_behind_a_shorter_struct_is_not_read(const struct taker *of) {
  struct mplan_prepare_args args;
  memset(&args, 0, sizeof args);
  args.flags = MPLAN_PREPARE_PIVOT;
  args.reserved = 1;
  expect(of, &args, sizeof args, -EINVAL, MPLAN_ERROR_ARGUMENT);
  expect(of, &args, offsetof(struct mplan_prepare_args, reserved), -EINVAL, MPLAN_ERROR_VALIDATION);
}

static void no_struct_is_the_default_if_its_size_is_zero(const struct taker *of) {
  expect(of, NULL, 0, -EINVAL, of->needs_root ? MPLAN_ERROR_ARGUMENT : MPLAN_ERROR_VALIDATION);
  expect(of, NULL, 1, -EINVAL, MPLAN_ERROR_ARGUMENT);
}

/* struct mplan_failure is one size for ever: opaque bytes that a pipe carries in one piece. */
static void a_failure_is_taken_at_its_size_alone(void) {
  struct {
    struct mplan_failure known;
    unsigned char added[ADDED];
  } failure;
  const size_t sizes[] = {0, sizeof failure.known - 1, sizeof failure};
  mplan_error *error = NULL;
  size_t i;
  memset(&failure, 0xaa, sizeof failure);
  for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    CHECK(mplan_apply_in_child(prepared, &failure.known, sizes[i]) == -EINVAL);
    CHECK(failure.known.bytes[0] == 0xaa);
    CHECK(mplan_prepared_error(prepared, &failure.known, sizes[i], &error) == -EINVAL);
    CHECK_TEXT(mplan_error_detail(error), "bad argument");
    mplan_error_free(error);
  }
  CHECK(mplan_prepared_error(prepared, &failure.known, sizeof failure.known, &error) == -EINVAL);
  CHECK_TEXT(mplan_error_detail(error), "the bytes are no failure of this prepared plan");
  mplan_error_free(error);
}

int main(void) {
  size_t i;
  set_up();
  for (i = 0; i < sizeof fillers / sizeof *fillers; i++) {
    int before = checks_failed;
    if (fillers[i].fill == fill_exit && process == NULL) {
      continue;
    }
    CHECK(fillers[i].size <= MOST);
    shorter_is_filled_as_far_as_it_goes(&fillers[i]);
    longer_is_zero_at_the_end(&fillers[i]);
    nothing_is_written_when_it_fails(&fillers[i]);
    if (checks_failed != before) {
      fprintf(stderr, "  in %s\n", fillers[i].name);
    }
  }
  for (i = 0; i < sizeof takers / sizeof *takers; i++) {
    int before = checks_failed;
    a_given_struct_may_be_shorter_or_have_zeros_at_the_end(&takers[i]);
    what_lies_behind_a_shorter_struct_is_not_read(&takers[i]);
    no_struct_is_the_default_if_its_size_is_zero(&takers[i]);
    if (checks_failed != before) {
      fprintf(stderr, "  in %s\n", takers[i].name);
    }
  }
  a_failure_is_taken_at_its_size_alone();
  tear_down();
  return check_result();
}
