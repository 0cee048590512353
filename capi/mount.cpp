// SPDX-License-Identifier: MIT
// mount.h: one mount without a plan. Each call is a plan of one op, applied in place to the root of the mount namespace.
#include <mountplan/apply.h>
#include <mountplan/mount.h>

#include <cerrno>

#include "base/detail.hpp"
#include "capi/handle.hpp"
#include "engine/engine.hpp"
#include "plan/build.hpp"

namespace base = mountplan::base;
namespace capi = mountplan::capi;
namespace engine = mountplan::engine;
namespace kernel = mountplan::kernel;
namespace plan_module = mountplan::plan;
using base::Failure;

namespace {

int apply_now(const plan_module::Plan &plan, Failure &failure) {
  engine::Options options;
  options.flags = MPLAN_PREPARE_IN_PLACE;
  options.root = "/";
  engine::Program *program = nullptr;
  if (int result = engine::prepare(plan, options, kernel::live, &program, failure); result < 0) {
    return result;
  }
  int result = engine::apply(*program, kernel::live, failure);
  if (result < 0) {
    // The failure's strings go with the program: name the op by the plan.
    failure.source = plan.ops[0].source;
    failure.target = plan.ops[0].target;
  }
  engine::release(program);
  return result;
}

int check_flags(uint64_t flags, uint64_t known, Failure &failure) {
  uint64_t unknown = flags & ~known;
  return unknown == 0
             ? 0
             : base::fail_argument(failure, EINVAL, base::Detail().text("flags has unknown bit ").hex(unknown & (~unknown + 1)).c_str());
}

template <typename Add>
int one_op(mplan_error **err, Add add) {
  plan_module::Plan plan;
  Failure failure;
  failure.stage = base::Stage::validate;
  int result = add(plan, failure);
  if (result >= 0) {
    result = apply_now(plan, failure);
  }
  return result < 0 ? capi::report(failure, err) : 0;
}

}  // namespace

int mplan_mount_bind(const char *source, const char *target, uint64_t flags, mplan_error **err) {
  return one_op(err, [&](plan_module::Plan &plan, Failure &failure) {
    int result = check_flags(flags, MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE | MPLAN_BIND_RECURSIVE, failure);
    if (result >= 0) {
      result = plan_module::add_bind(plan, source, target, flags, failure);
    }
    if (result >= 0) {
      plan.ops[0].recursive = (flags & MPLAN_BIND_RECURSIVE) != 0;
    }
    return result;
  });
}

int mplan_mount_remount(const char *target, uint64_t flags, mplan_error **err) {
  return one_op(err, [&](plan_module::Plan &plan, Failure &failure) {
    int result = check_flags(flags, MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE | MPLAN_BIND_RECURSIVE, failure);
    return result < 0 ? result : plan_module::add_at(plan, MPLAN_OP_REMOUNT, target, flags, failure);
  });
}

int mplan_mount_tmpfs(const char *name, const char *target, uint64_t size, uint32_t mode, uint64_t flags, mplan_error **err) {
  return one_op(err, [&](plan_module::Plan &plan, Failure &failure) {
    int result = plan_module::add_tmpfs(plan, target, size, mode, 0, failure);
    if (result >= 0) {
      result = plan_module::set_attributes(plan, 0, flags, 0, failure);
    }
    if (result >= 0) {
      plan.ops[0].source = name != nullptr ? name : MPLAN_SOURCE_TMPFS;
    }
    return result;
  });
}
