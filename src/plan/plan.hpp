// SPDX-License-Identifier: MIT
// The plan: ops in order and the strings and descriptors they own.
#pragma once

#include "base/arena.hpp"
#include "base/failure.hpp"
#include "base/vec.hpp"
#include "plan/op.hpp"

namespace mountplan::plan {

constexpr uint32_t parent_mode_unset = UINT32_MAX;

struct Plan {
  base::Arena arena;
  base::Vec<Op> ops;
  base::Vec<Layer> layers;  // grouped by op
  base::Vec<int> fds;       // every descriptor the ops use; whoever owns the plan closes them before it ends
  uint64_t flags = 0;       // MPLAN_PLAN_
  uint32_t parent_mode = parent_mode_unset;
};

// Permission of the missing parents of this op, see mplan_plan_set_parent_mode().
uint32_t parent_mode_of(const Plan &plan, const Op &op);

// What mplan_plan_validate() promises. Pure.
int validate(const Plan &plan, base::Failure &failure);

}  // namespace mountplan::plan
