// SPDX-License-Identifier: MIT
// plan.h: a plan's life, its settings, looking at it, validating it.
#include <mountplan/plan.h>

#include "base/object.hpp"
#include "capi/handle.hpp"
#include "capi/plan_call.hpp"
#include "plan/build.hpp"
#include "plan/plan.hpp"

using mountplan::base::Failure;
using mountplan::capi::on_plan;
using mountplan::plan::Op;
using mountplan::plan::Plan;
namespace base = mountplan::base;
namespace capi = mountplan::capi;
namespace kernel = mountplan::kernel;
namespace plan_module = mountplan::plan;

int mplan_plan_new(mplan_plan **out, mplan_error **err) {
  Failure failure;
  if (out == nullptr) {
    base::fail_argument(failure, EINVAL, "out is NULL");
    return capi::report(failure, err);
  }
  auto *plan = base::make<mplan_plan>();
  if (plan == nullptr) {
    base::fail_memory(failure);
    return capi::report(failure, err);
  }
  *out = plan;
  return 0;
}

void mplan_plan_free(mplan_plan *plan) {
  if (plan != nullptr) {
    for (int fd : plan->plan.fds) {
      kernel::live.close(fd);
    }
    base::destroy(plan);
  }
}

int mplan_plan_set_flags(mplan_plan *plan, uint64_t flags, mplan_error **err) {
  return on_plan(plan, err, [&](Plan &inner, Failure &failure) { return plan_module::set_flags(inner, flags, failure); });
}

int mplan_plan_set_parent_mode(mplan_plan *plan, uint32_t mode, mplan_error **err) {
  return on_plan(plan, err, [&](Plan &inner, Failure &failure) { return plan_module::set_parent_mode(inner, mode, failure); });
}

size_t mplan_plan_count(const mplan_plan *plan) { return plan == nullptr ? 0 : plan->plan.ops.size(); }

int mplan_plan_get(const mplan_plan *plan, size_t i, struct mplan_op *out, size_t size) {
  if (plan == nullptr || out == nullptr) {
    return -EINVAL;
  }
  if (i >= plan->plan.ops.size()) {
    return -ERANGE;
  }
  const Op &op = plan->plan.ops[i];
  mplan_op result = {};
  result.kind = op.kind;
  result.mode = op.mode;
  result.flags = op.flags;
  result.size = op.size;
  result.attrs_set = op.attributes();
  result.attrs_clear = op.attrs_clear;
  result.symlinks = op.symlinks;
  result.source_fd = op.source_fd;
  result.source = op.source != nullptr ? op.source : op.upper;
  result.target = op.target;
  result.name = plan_module::kind_name(op.kind);
  result.layers = op.layer_count;
  return capi::struct_out(result, out, size);
}

const char *mplan_plan_layer(const mplan_plan *plan, size_t op, size_t layer) {
  if (plan == nullptr || op >= plan->plan.ops.size() || layer >= plan->plan.ops[op].layer_count) {
    return nullptr;
  }
  return plan->plan.layers[plan->plan.ops[op].first_layer + layer].path;
}

const char *mplan_op_kind_name(uint32_t kind) { return plan_module::kind_name(kind); }

int mplan_plan_validate(const mplan_plan *plan, mplan_error **err) {
  Failure failure;
  failure.stage = base::Stage::validate;
  int result = plan == nullptr ? base::fail_argument(failure, EINVAL, "plan is NULL") : plan_module::validate(plan->plan, failure);
  return result < 0 ? capi::report(failure, err) : 0;
}
