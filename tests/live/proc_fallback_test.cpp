// SPDX-License-Identifier: MIT
// What a proc op does instead where the kernel refuses a new one and the plan allows it. The refusal is played: this kernel gives root all.
#include <cerrno>

#include "live/liar.hpp"

using live::path;
using live::Plan;
using mountplan::kernel::Call;

LIVE_TEST(LiveProcFallback, ShowsOnlyProcessesWhereThePlanAllowsIt) {
  NEEDS_BACKEND(MPLAN_BACKEND_DETACHED);
  Plan plan;
  plan.add(mplan_plan_proc, "/proc", uint64_t{MPLAN_PROC_FALLBACK_SUBSET});
  live::Liar liar;
  liar.lie = [seen = 0](Call call, long args[6], long &result) mutable {
    result = -EPERM;
    return call == Call::fsmount && args[0] >= 0 && ++seen == 2;  // the first is the root's
  };
  const live::Verdict verdict = live::apply(plan, MPLAN_BACKEND_DETACHED, liar);
  ASSERT_EQ(verdict.result, 0) << verdict.failure.detail;
  EXPECT_TRUE(live::exists(path("root/proc/self/status")));
  EXPECT_FALSE(live::exists(path("root/proc/meminfo")));
}

LIVE_TEST(LiveProcFallback, FallsThroughToTheBindWhereTheSubsetIsRefusedToo) {
  NEEDS_BACKEND(MPLAN_BACKEND_DETACHED);
  Plan plan;
  plan.add(mplan_plan_proc, "/proc", uint64_t{MPLAN_PROC_FALLBACK_SUBSET | MPLAN_PROC_FALLBACK_BIND});
  live::Liar liar;
  liar.lie = [seen = 0](Call call, long args[6], long &result) mutable {
    result = -EPERM;
    return call == Call::fsmount && args[0] >= 0 && ++seen >= 2;
  };
  ASSERT_EQ(live::apply(plan, MPLAN_BACKEND_DETACHED, liar).result, 0);
  EXPECT_EQ(live::mount_at(path("root/proc"))->options.substr(0, 3), "ro,");
  EXPECT_TRUE(live::exists(path("root/proc/meminfo")));
}
