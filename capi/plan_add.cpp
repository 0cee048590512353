// SPDX-License-Identifier: MIT
// plan.h: the adders.
#include <mountplan/plan.h>

#include "capi/plan_call.hpp"
#include "plan/build.hpp"

using mountplan::base::Failure;
using mountplan::capi::on_plan;
using mountplan::capi::on_plan_with_fd;
using mountplan::plan::Plan;
namespace build = mountplan::plan;

namespace {

int add_at(mplan_plan *plan, uint32_t kind, const char *target, uint64_t flags, mplan_error **err) {
  return on_plan(plan, err, [&](Plan &inner, Failure &failure) { return build::add_at(inner, kind, target, flags, failure); });
}

int add_with_mode(mplan_plan *plan, uint32_t kind, const char *target, uint32_t mode, uint64_t flags, mplan_error **err) {
  return on_plan(plan, err, [&](Plan &inner, Failure &failure) { return build::add_with_mode(inner, kind, target, mode, flags, failure); });
}

}  // namespace

int mplan_plan_bind(mplan_plan *plan, const char *source, const char *target, uint64_t flags, mplan_error **err) {
  return on_plan(plan, err, [&](Plan &inner, Failure &failure) { return build::add_bind(inner, source, target, flags, failure); });
}

int mplan_plan_bind_fd(mplan_plan *plan, int source_fd, const char *target, uint64_t flags, mplan_error **err) {
  return on_plan_with_fd(plan, source_fd, err,
                         [&](Plan &inner, int fd, Failure &failure) { return build::add_bind_fd(inner, fd, target, flags, failure); });
}

int mplan_plan_remount(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err) {
  return add_at(plan, MPLAN_OP_REMOUNT, target, flags, err);
}

int mplan_plan_tmpfs(mplan_plan *plan, const char *target, uint64_t size, uint32_t mode, uint64_t flags, mplan_error **err) {
  return on_plan(plan, err, [&](Plan &inner, Failure &failure) { return build::add_tmpfs(inner, target, size, mode, flags, failure); });
}

int mplan_plan_proc(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err) {
  return add_at(plan, MPLAN_OP_PROC, target, flags, err);
}

int mplan_plan_sysfs(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err) {
  return add_at(plan, MPLAN_OP_SYSFS, target, flags, err);
}

int mplan_plan_devpts(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err) {
  return add_at(plan, MPLAN_OP_DEVPTS, target, flags, err);
}

int mplan_plan_mqueue(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err) {
  return add_at(plan, MPLAN_OP_MQUEUE, target, flags, err);
}

int mplan_plan_bpf(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err) {
  return add_at(plan, MPLAN_OP_BPF, target, flags, err);
}

int mplan_plan_ramfs(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err) {
  return add_at(plan, MPLAN_OP_RAMFS, target, flags, err);
}

int mplan_plan_dev(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err) {
  return add_at(plan, MPLAN_OP_DEV, target, flags, err);
}

int mplan_plan_overlay(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err) {
  return add_at(plan, MPLAN_OP_OVERLAY, target, flags, err);
}

int mplan_plan_dir(mplan_plan *plan, const char *target, uint32_t mode, uint64_t flags, mplan_error **err) {
  return add_with_mode(plan, MPLAN_OP_DIR, target, mode, flags, err);
}

int mplan_plan_file(mplan_plan *plan, const char *target, const void *data, size_t len, uint32_t mode, uint64_t flags, mplan_error **err) {
  return on_plan(plan, err, [&](Plan &inner, Failure &failure) { return build::add_file(inner, target, data, len, mode, flags, failure); });
}

int mplan_plan_file_fd(mplan_plan *plan, int fd, const char *target, uint32_t mode, uint64_t flags, mplan_error **err) {
  return on_plan_with_fd(plan, fd, err, [&](Plan &inner, int duplicate, Failure &failure) {
    return build::add_file_fd(inner, duplicate, target, mode, flags, failure);
  });
}

int mplan_plan_symlink(mplan_plan *plan, const char *text, const char *target, uint64_t flags, mplan_error **err) {
  return on_plan(plan, err, [&](Plan &inner, Failure &failure) { return build::add_symlink(inner, text, target, flags, failure); });
}

int mplan_plan_chmod(mplan_plan *plan, const char *target, uint32_t mode, uint64_t flags, mplan_error **err) {
  return add_with_mode(plan, MPLAN_OP_CHMOD, target, mode, flags, err);
}

int mplan_plan_mask(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err) {
  return add_at(plan, MPLAN_OP_MASK, target, flags, err);
}

int mplan_plan_propagation(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err) {
  return add_at(plan, MPLAN_OP_PROPAGATION, target, flags, err);
}

int mplan_plan_move(mplan_plan *plan, const char *source, const char *target, uint64_t flags, mplan_error **err) {
  return on_plan(plan, err, [&](Plan &inner, Failure &failure) { return build::add_move(inner, source, target, flags, failure); });
}

int mplan_plan_unmount(mplan_plan *plan, const char *target, uint64_t flags, mplan_error **err) {
  return add_at(plan, MPLAN_OP_UNMOUNT, target, flags, err);
}

int mplan_plan_root(mplan_plan *plan, const char *source, uint64_t flags, mplan_error **err) {
  return on_plan(plan, err, [&](Plan &inner, Failure &failure) { return build::add_root(inner, source, flags, failure); });
}

int mplan_plan_etc(mplan_plan *plan, const char *source, const char *prefix, uint64_t flags, mplan_error **err) {
  return on_plan(plan, err, [&](Plan &inner, Failure &failure) { return build::add_etc(inner, source, prefix, flags, failure); });
}
