/* SPDX-License-Identifier: MIT */
/* Building a plan from C with every adder and modifier, and reading it back. */
#include <errno.h>
#include <mountplan/mountplan.h>

#include "check.h"

/* A root file system with every kind of op in it. */
static mplan_plan *whole_plan(void) {
  mplan_plan *plan = NULL;
  int op;
  CHECK(mplan_plan_new(&plan, NULL) == 0);
  CHECK(mplan_plan_set_flags(plan, MPLAN_PLAN_CREATE, NULL) == 0);
  CHECK(mplan_plan_set_parent_mode(plan, 0755, NULL) == 0);
  CHECK(mplan_plan_tmpfs(plan, "/", 1 << 20, 0755, 0, NULL) == 0);
  CHECK(mplan_op_set_inodes(plan, 0, 1000, NULL) == 0);
  CHECK(mplan_plan_root(plan, "/srv/root", MPLAN_BIND_WRITABLE, NULL) == 1);
  CHECK(mplan_plan_etc(plan, NULL, "host", 0, NULL) == 2);
  CHECK(mplan_plan_bind(plan, "/srv/data", "/data", MPLAN_BIND_OPTIONAL, NULL) == 3);
  CHECK(mplan_op_set_attrs(plan, 3, MPLAN_ATTR_NOEXEC, MPLAN_ATTR_NODEV, NULL) == 0);
  CHECK(mplan_op_set_symlinks(plan, 3, MPLAN_SYMLINK_FOLLOW, NULL) == 0);
  CHECK(mplan_plan_bind_fd(plan, 0, "/fd", 0, NULL) == 4);
  CHECK(mplan_op_set_source_path(plan, 4, "below", NULL) == 0);
  CHECK(mplan_op_set_idmap(plan, 4, 0, NULL) == 0);
  CHECK(mplan_plan_remount(plan, "/data", MPLAN_BIND_RECURSIVE, NULL) == 5);
  CHECK(mplan_plan_proc(plan, "/proc", MPLAN_PROC_SUBSET_PID, NULL) == 6);
  CHECK(mplan_plan_sysfs(plan, "/sys", 0, NULL) == 7);
  CHECK(mplan_plan_dev(plan, "/dev", MPLAN_DEV_MQUEUE, NULL) == 8);
  CHECK(mplan_plan_devpts(plan, "/pts", 0, NULL) == 9);
  CHECK(mplan_plan_mqueue(plan, "/mqueue", 0, NULL) == 10);
  CHECK(mplan_plan_bpf(plan, "/bpf", 0, NULL) == 11);
  CHECK(mplan_plan_ramfs(plan, "/ramfs", 0, NULL) == 12);
  op = mplan_plan_overlay(plan, "/overlay", 0, NULL);
  CHECK(op == 13);
  CHECK(mplan_op_add_layer(plan, op, "/lower/top", NULL) == 0);
  CHECK(mplan_op_add_layer_fd(plan, op, 0, NULL) == 0);
  CHECK(mplan_op_add_data_layer(plan, op, "/lower/data", NULL) == 0);
  CHECK(mplan_op_set_upper(plan, op, "/upper", "/work", NULL) == 0);
  CHECK(mplan_plan_dir(plan, "/dir", 0700, 0, NULL) == 14);
  CHECK(mplan_plan_file(plan, "/file", "text", 4, 0444, 0, NULL) == 15);
  CHECK(mplan_plan_file_fd(plan, 0, "/file_fd", 0444, MPLAN_FILE_WRITABLE, NULL) == 16);
  CHECK(mplan_plan_symlink(plan, "dir", "/link", 0, NULL) == 17);
  CHECK(mplan_plan_chmod(plan, "/dir", 0755, 0, NULL) == 18);
  CHECK(mplan_plan_mask(plan, "/data/secret", 0, NULL) == 19);
  CHECK(mplan_plan_propagation(plan, "/data", MPLAN_PROPAGATION_PRIVATE, NULL) == 20);
  CHECK(mplan_plan_move(plan, "/ramfs", "/moved", 0, NULL) == 21);
  CHECK(mplan_plan_unmount(plan, "/moved", 0, NULL) == 22);
  return plan;
}

static void a_plan_tells_its_ops_in_order(void) {
  static const char *const names[] = {"tmpfs", "root",    "etc",    "bind", "bind",        "remount", "proc",   "sysfs",
                                      "dev",   "devpts",  "mqueue", "bpf",  "ramfs",       "overlay", "dir",    "file",
                                      "file",  "symlink", "chmod",  "mask", "propagation", "move",    "unmount"};
  mplan_plan *plan = whole_plan();
  size_t i;
  CHECK(mplan_plan_validate(plan, NULL) == 0);
  CHECK(mplan_plan_count(plan) == sizeof names / sizeof names[0]);
  for (i = 0; i < mplan_plan_count(plan); i++) {
    struct mplan_op op;
    CHECK(mplan_plan_get(plan, i, &op, sizeof op) == 0);
    CHECK_TEXT(op.name, names[i]);
    CHECK_TEXT(mplan_op_kind_name(op.kind), names[i]);
  }
  mplan_plan_free(plan);
}

static void an_op_tells_what_was_asked_of_it(void) {
  mplan_plan *plan = whole_plan();
  struct mplan_op op;
  CHECK(mplan_plan_get(plan, 3, &op, sizeof op) == 0);
  CHECK(op.kind == MPLAN_OP_BIND);
  CHECK(op.flags == MPLAN_BIND_OPTIONAL);
  CHECK(op.attrs_set == (MPLAN_ATTR_RDONLY | MPLAN_ATTR_NOSUID | MPLAN_ATTR_NOEXEC));
  CHECK(op.attrs_clear == MPLAN_ATTR_NODEV);
  CHECK(op.symlinks == MPLAN_SYMLINK_FOLLOW);
  CHECK(op.source_fd == -1);
  CHECK_TEXT(op.source, "/srv/data");
  CHECK_TEXT(op.target, "/data");
  CHECK(mplan_plan_get(plan, 4, &op, sizeof op) == 0);
  CHECK(op.source_fd > 2);
  CHECK_TEXT(op.source, NULL);
  CHECK(mplan_plan_get(plan, 0, &op, sizeof op) == 0);
  CHECK(op.size == 1 << 20);
  CHECK(op.mode == 0755);
  mplan_plan_free(plan);
}

static void an_overlay_tells_its_layers_top_first(void) {
  mplan_plan *plan = whole_plan();
  struct mplan_op op;
  CHECK(mplan_plan_get(plan, 13, &op, sizeof op) == 0);
  CHECK(op.layers == 3);
  CHECK_TEXT(op.source, "/upper");
  CHECK_TEXT(mplan_plan_layer(plan, 13, 0), "/lower/top");
  CHECK_TEXT(mplan_plan_layer(plan, 13, 1), NULL);
  CHECK_TEXT(mplan_plan_layer(plan, 13, 2), "/lower/data");
  CHECK_TEXT(mplan_plan_layer(plan, 13, 3), NULL);
  CHECK_TEXT(mplan_plan_layer(plan, 0, 0), NULL);
  CHECK_TEXT(mplan_plan_layer(plan, 99, 0), NULL);
  mplan_plan_free(plan);
}

static void the_vocabulary_is_there_without_a_plan(void) {
  char out[8];
  CHECK(mplan_parent_mode(0700) == 0700);
  CHECK(mplan_overlay_escape("a:b", 3, out, sizeof out) == 4);
  CHECK_TEXT(out, "a\\:b");
  CHECK_TEXT(mplan_op_kind_name(0), NULL);
}

int main(void) {
  a_plan_tells_its_ops_in_order();
  an_op_tells_what_was_asked_of_it();
  an_overlay_tells_its_layers_top_first();
  the_vocabulary_is_there_without_a_plan();
  return check_result();
}
