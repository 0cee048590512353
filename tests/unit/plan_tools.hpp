// SPDX-License-Identifier: MIT
// What the tests of plans share: a plan with an owner, a failure told in full, the state of a plan to compare with.
#pragma once

#include <dirent.h>
#include <gtest/gtest.h>
#include <mountplan/plan.h>

#include <cerrno>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "base/writer.hpp"
#include "capi/handle.hpp"

namespace mountplan::test {

using PlanOwner = std::unique_ptr<mplan_plan, decltype(&mplan_plan_free)>;

inline PlanOwner new_plan() {
  mplan_plan *plan = nullptr;
  EXPECT_EQ(mplan_plan_new(&plan, nullptr), 0);
  return PlanOwner(plan, mplan_plan_free);
}

// What a call returned and what its error object says.
struct Told {
  int result = 0;
  int kind = 0;
  int stage = 0;
  int op = -1;
  std::string op_name, source, target, call, detail;
};

template <typename Call>
Told tell(Call call) {
  mplan_error *err = nullptr;
  Told told;
  told.result = call(&err);
  auto text = [](const char *given) { return std::string(given != nullptr ? given : ""); };
  told.kind = mplan_error_kind(err);
  told.stage = mplan_error_stage(err);
  told.op = mplan_error_op(err);
  told.op_name = text(mplan_error_op_name(err));
  told.source = text(mplan_error_source(err));
  told.target = text(mplan_error_target(err));
  told.call = text(mplan_error_call(err));
  told.detail = text(mplan_error_detail(err));
  EXPECT_EQ(mplan_error_errno(err), told.result < 0 ? -told.result : 0);
  mplan_error_free(err);
  return told;
}

inline size_t open_fds() {
  size_t count = 0;
  DIR *folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr) {
    count++;
  }
  closedir(folder);
  return count;
}

// Everything a caller can see of a plan, and the descriptors of the process.
struct State {
  explicit State(const mplan_plan *plan) : fds(open_fds()), flags(plan->plan.flags), parent_mode(plan->plan.parent_mode) {
    for (const plan::Op &op : plan->plan.ops) {
      ops.emplace_back(reinterpret_cast<const char *>(&op), sizeof op);
    }
    for (const plan::Layer &layer : plan->plan.layers) {
      layers.emplace_back(layer.path, layer.fd, layer.data_only);
    }
    owned.assign(plan->plan.fds.begin(), plan->plan.fds.end());
  }
  bool operator==(const State &) const = default;

  size_t fds;
  uint64_t flags;
  uint32_t parent_mode;
  std::vector<std::string> ops;
  std::vector<std::tuple<const char *, int, bool>> layers;
  std::vector<int> owned;
};

// Given a plan, when the call is made, then it is refused with this errno and detail, as an argument error, and the plan is as before.
template <typename Call>
Told expect_refused(const mplan_plan *plan, int error, const std::string &detail, Call call) {
  State before(plan);
  Told told = tell(call);
  EXPECT_EQ(told.result, -error) << detail;
  EXPECT_EQ(told.detail, detail);
  EXPECT_EQ(told.kind, error == EALREADY ? MPLAN_ERROR_STATE : MPLAN_ERROR_ARGUMENT) << detail;
  EXPECT_EQ(told.stage, MPLAN_STAGE_VALIDATE) << detail;
  EXPECT_TRUE(State(plan) == before) << "changed by: " << detail;
  return told;
}

inline mplan_op op_of(const mplan_plan *plan, size_t i) {
  mplan_op op = {};
  EXPECT_EQ(mplan_plan_get(plan, i, &op, sizeof op), 0);
  return op;
}

}  // namespace mountplan::test
