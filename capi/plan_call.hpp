// SPDX-License-Identifier: MIT
// The frame of every C function that changes a plan: NULL check, duplicating the caller's descriptor, reporting the failure.
#pragma once

#include <cerrno>

#include "capi/handle.hpp"
#include "kernel/kernel.hpp"

namespace mountplan::capi {

// Calls `change(plan, failure)`; reports what it fails with.
template <typename Change>
int on_plan(mplan_plan *plan, mplan_error **err, Change change) {
  base::Failure failure;
  int result;
  if (plan == nullptr) {
    failure.stage = base::Stage::validate;
    result = base::fail_argument(failure, EINVAL, "plan is NULL");
  } else {
    result = change(plan->plan, failure);
  }
  return result < 0 ? report(failure, err) : result;
}

// Calls `change(plan, fd, failure)` with a duplicate of the descriptor that the plan keeps if the change succeeds.
template <typename Change>
int on_plan_with_fd(mplan_plan *plan, int fd, mplan_error **err, Change change) {
  return on_plan(plan, err, [&](plan::Plan &inner, base::Failure &failure) {
    int duplicate = kernel::live.duplicate(fd);
    int result = change(inner, duplicate, failure);
    if (result < 0 && duplicate >= 0) {
      kernel::live.close(duplicate);
    }
    return result;
  });
}

}  // namespace mountplan::capi
