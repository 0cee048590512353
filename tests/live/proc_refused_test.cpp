// SPDX-License-Identifier: MIT
// C7: a proc or sysfs that the kernel refuses is an error that names the covering mount, or what the plan allows instead; never silently
// the host's.
#include <sys/mount.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "live/ability.hpp"
#include "live/harness.hpp"
#include "live/sandbox.hpp"

namespace {

void cover(const char *place) { ASSERT_EQ(mount("none", place, "tmpfs", 0, nullptr), 0) << place << ": " << strerror(errno); }

// The host's root, and one op more.
class Plan {
 public:
  Plan() {
    EXPECT_EQ(mplan_plan_new(&plan_, nullptr), 0);
    EXPECT_EQ(mplan_plan_root(plan_, "/", 0, nullptr), 0);
  }
  Plan(const Plan &) = delete;
  Plan &operator=(const Plan &) = delete;
  ~Plan() { mplan_plan_free(plan_); }
  void proc(uint64_t flags) { EXPECT_EQ(mplan_plan_proc(plan_, "/proc", flags, nullptr), 1); }
  void sysfs() { EXPECT_EQ(mplan_plan_sysfs(plan_, "/sys", 0, nullptr), 1); }
  mplan_plan *get() const { return plan_; }

 private:
  mplan_plan *plan_ = nullptr;
};

// Runs the script in new namespaces, a user namespace among them.
live::Outcome run(const Plan &plan, const std::string &script, const mplan_prepare_args &args = {}) {
  live::Sandbox sandbox(script);
  live::Outcome outcome;
  mplan_process *process = nullptr;
  mplan_error *error = nullptr;
  outcome.result = mplan_spawn_start(sandbox.spawn(), plan.get(), &args, sizeof args, &process, &error);
  if (outcome.result < 0) {
    live::take_error(error, outcome);
    return outcome;
  }
  mplan_exit end = {};
  EXPECT_EQ(mplan_process_wait(process, &end, sizeof end, nullptr), 0);
  outcome.code = end.code;
  mplan_process_free(process);
  return outcome;
}

int keep_call(const struct mplan_event *event, void *data) {
  static_cast<std::vector<std::string> *>(data)->push_back(std::to_string(event->op) + ' ' + event->call);
  return 0;
}

}  // namespace

LIVE_TEST(LiveProcRefused, IsAnErrorThatNamesTheCoveringMount) {
  cover("/proc/tty");
  Plan plan;
  plan.proc(0);
  const live::Outcome outcome = run(plan, "true");
  EXPECT_EQ(outcome.result, -EPERM);
  EXPECT_EQ(outcome.detail, "covered by tmpfs on /proc/tty");
  const char *call = live::has_backend(MPLAN_BACKEND_FD) ? "fsmount" : "mount";
  EXPECT_EQ(outcome.message.find(std::string("op 1 proc /proc: ") + call), 0u) << outcome.message;
}

LIVE_TEST(LiveProcRefused, WithTheClassicBackendToo) {
  cover("/proc/tty");
  Plan plan;
  plan.proc(0);
  mplan_prepare_args args = {};
  args.backend = MPLAN_BACKEND_CLASSIC;
  const live::Outcome outcome = run(plan, "true", args);
  EXPECT_EQ(outcome.result, -EPERM);
  EXPECT_EQ(outcome.detail, "covered by tmpfs on /proc/tty");
}

LIVE_TEST(LiveProcRefused, IsSaidOfSysfsToo) {
  cover("/sys/kernel");
  Plan plan;
  plan.sysfs();
  const live::Outcome outcome = run(plan, "true");
  EXPECT_EQ(outcome.result, -EPERM);
  EXPECT_NE(outcome.detail.find("tmpfs on /sys/kernel"), std::string::npos) << outcome.detail;
}

LIVE_TEST(LiveProcRefused, IsTheCallersOwnReadOnlyWhereThePlanAllowsIt) {
  cover("/proc/tty");
  Plan plan;
  plan.proc(MPLAN_PROC_FALLBACK_BIND);
  std::vector<std::string> events;
  mplan_prepare_args args = {};
  args.event = keep_call;
  args.event_data = &events;
  const live::Outcome outcome =
      run(plan, "test -e /proc/self/status && test ! -e /proc/tty/drivers && grep -q '/proc ro,nosuid,nodev,noexec' /proc/self/mountinfo",
          args);
  EXPECT_EQ(outcome.result, 0) << outcome.message;
  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(std::find(events.begin(), events.end(), live::has_backend(MPLAN_BACKEND_FD) ? "1 open_tree" : "1 mount"), events.end());
}

LIVE_TEST(LiveProcRefused, IsNotLookedForWhereANewOneIsMade) {
  Plan plan;
  plan.proc(MPLAN_PROC_FALLBACK_BIND | MPLAN_PROC_FALLBACK_SUBSET);
  const live::Outcome outcome = run(plan, "test -w /proc/self/oom_score_adj && test -e /proc/meminfo && test \"$$\" -lt 10");
  EXPECT_EQ(outcome.result, 0) << outcome.message;
  EXPECT_EQ(outcome.code, 0);
}
