// SPDX-License-Identifier: MIT
// plan.h: the modifiers of an op that is there.
#include <mountplan/plan.h>

#include "capi/plan_call.hpp"
#include "plan/build.hpp"

using mountplan::base::Failure;
using mountplan::capi::on_plan;
using mountplan::capi::on_plan_with_fd;
using mountplan::plan::Plan;
namespace build = mountplan::plan;

int mplan_op_add_layer(mplan_plan *plan, int op, const char *source, mplan_error **err) {
  return on_plan(plan, err, [&](Plan &inner, Failure &failure) { return build::add_layer(inner, op, source, false, failure); });
}

int mplan_op_add_layer_fd(mplan_plan *plan, int op, int source_fd, mplan_error **err) {
  return on_plan_with_fd(plan, source_fd, err,
                         [&](Plan &inner, int fd, Failure &failure) { return build::add_layer_fd(inner, op, fd, failure); });
}

int mplan_op_add_data_layer(mplan_plan *plan, int op, const char *source, mplan_error **err) {
  return on_plan(plan, err, [&](Plan &inner, Failure &failure) { return build::add_layer(inner, op, source, true, failure); });
}

int mplan_op_set_upper(mplan_plan *plan, int op, const char *upper, const char *work, mplan_error **err) {
  return on_plan(plan, err, [&](Plan &inner, Failure &failure) { return build::set_upper(inner, op, upper, work, failure); });
}

int mplan_op_set_attrs(mplan_plan *plan, int op, uint64_t set, uint64_t clear, mplan_error **err) {
  return on_plan(plan, err, [&](Plan &inner, Failure &failure) { return build::set_attributes(inner, op, set, clear, failure); });
}

int mplan_op_set_symlinks(mplan_plan *plan, int op, uint32_t policy, mplan_error **err) {
  return on_plan(plan, err, [&](Plan &inner, Failure &failure) { return build::set_symlinks(inner, op, policy, failure); });
}

int mplan_op_set_source_path(mplan_plan *plan, int op, const char *path, mplan_error **err) {
  return on_plan(plan, err, [&](Plan &inner, Failure &failure) { return build::set_source_path(inner, op, path, failure); });
}

int mplan_op_set_idmap(mplan_plan *plan, int op, int userns_fd, mplan_error **err) {
  int replaced = -1;
  int result = on_plan_with_fd(plan, userns_fd, err,
                               [&](Plan &inner, int fd, Failure &failure) { return build::set_idmap(inner, op, fd, replaced, failure); });
  if (replaced >= 0) {
    mountplan::kernel::live.close(replaced);
  }
  return result;
}

int mplan_op_set_inodes(mplan_plan *plan, int op, uint64_t inodes, mplan_error **err) {
  return on_plan(plan, err, [&](Plan &inner, Failure &failure) { return build::set_inodes(inner, op, inodes, failure); });
}
