// SPDX-License-Identifier: MIT
// Entering the new root by making a namespace of it: on the recording kernel, with answers of Linux 7 and of kernels that refuse.
#include <gtest/gtest.h>
#include <mountplan/mountplan.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "capi/handle.hpp"
#include "engine/engine.hpp"
#include "kernel/constants.hpp"
#include "kernel/model.hpp"

namespace {

namespace engine = mountplan::engine;
using mountplan::kernel::Call;
using mountplan::kernel::Kernel;

struct Linux7 {
  mountplan::kernel::Model model;
  long probe_answer = -EBADF;     // of open_tree(-1, OPEN_TREE_NAMESPACE)
  long namespace_answer = 0;      // of open_tree(root, OPEN_TREE_NAMESPACE), where it is an error
  std::vector<std::string> made;  // the calls that change or leave a mount namespace

  static long invoke(void *self, Call call, const long args[6]) { return static_cast<Linux7 *>(self)->answer(call, args); }
  long answer(Call call, const long args[6]) {
    const bool probe = args[0] == -1;
    switch (call) {
      case Call::open_tree:
        if ((args[2] & mountplan::kernel::open_tree_namespace) == 0) {
          return probe ? -EBADF : model.invoke(call, args);
        }
        if (probe) {
          return probe_answer;
        }
        made.emplace_back("make namespace");
        return namespace_answer < 0 ? namespace_answer : model.invoke(call, args);
      case Call::move_mount:
      case Call::fsconfig:
      case Call::fsmount:
      case Call::mount_setattr:
      case Call::open_tree_attr:
        return probe ? -EBADF : model.invoke(call, args);
      case Call::setns:
      case Call::pivot_root:
      case Call::mount:
      case Call::umount2:
        if (!probe) {
          made.emplace_back(mountplan::kernel::call_name(call));
        }
        return probe ? -EBADF : model.invoke(call, args);
      default:
        return model.invoke(call, args);
    }
  }
  Kernel kernel() { return Kernel{this, invoke}; }
};

struct Prepared {
  mplan_plan *plan = nullptr;
  engine::Program *program = nullptr;
  mountplan::base::Failure failure;

  explicit Prepared(Linux7 &system, void (*more)(mplan_plan *plan) = nullptr) {
    EXPECT_TRUE(system.model.begin());
    EXPECT_EQ(mplan_plan_new(&plan, nullptr), 0);
    EXPECT_EQ(mplan_plan_tmpfs(plan, "/tmp", 0, 01777, 0, nullptr), 0);
    if (more != nullptr) {
      more(plan);
    }
    engine::Options options;
    options.flags = MPLAN_PREPARE_PIVOT | MPLAN_PREPARE_DEFERRED;
    EXPECT_EQ(engine::prepare(plan->plan, options, system.kernel(), &program, failure), 0) << failure.detail;
  }
  Prepared(const Prepared &) = delete;
  Prepared &operator=(const Prepared &) = delete;
  ~Prepared() {
    engine::release(program);
    mplan_plan_free(plan);
  }
};

using Calls = std::vector<std::string>;

}  // namespace

TEST(EngineNamespace, OfItsOwnIsLeftForTheOneThatIsMadeOfTheRoot) {
  Linux7 system;
  Prepared prepared(system);
  engine::commit_in_own(*prepared.program);
  EXPECT_EQ(engine::apply(*prepared.program, system.kernel(), prepared.failure), 0) << prepared.failure.call;
  EXPECT_EQ(system.made, (Calls{"mount", "make namespace", "setns"}));
}

TEST(EngineNamespace, OfItsOwnIsPivotedInWhereNoneCanBeMade) {
  for (long error : {EINVAL, EPERM, ENOSYS, ENOSPC}) {
    Linux7 system;
    system.namespace_answer = -error;
    Prepared prepared(system);
    engine::commit_in_own(*prepared.program);
    EXPECT_EQ(engine::apply(*prepared.program, system.kernel(), prepared.failure), 0) << prepared.failure.call;
    EXPECT_EQ(system.made, (Calls{"mount", "make namespace", "pivot_root", "umount2"}));
  }
}

TEST(EngineNamespace, IsNotTriedWhereTheKernelHasNone) {
  Linux7 system;
  system.probe_answer = -EINVAL;
  Prepared prepared(system);
  engine::commit_in_own(*prepared.program);
  EXPECT_FALSE(engine::commit_from_host(*prepared.program, system.kernel()));
  EXPECT_FALSE(engine::can_hand_over(*prepared.program, UINT64_MAX, true, system.kernel()));
  EXPECT_EQ(engine::apply(*prepared.program, system.kernel(), prepared.failure), 0) << prepared.failure.call;
  EXPECT_EQ(system.made, (Calls{"mount", "pivot_root", "umount2"}));
}

TEST(EngineNamespace, OfTheHostIsNeitherChangedNorCopied) {
  Linux7 system;
  Prepared prepared(system);
  ASSERT_TRUE(engine::commit_from_host(*prepared.program, system.kernel()));
  EXPECT_EQ(engine::apply(*prepared.program, system.kernel(), prepared.failure), 0) << prepared.failure.call;
  EXPECT_EQ(system.made, (Calls{"make namespace", "setns"}));
}

TEST(EngineNamespace, OfTheHostIsNotPivotedInWhereNoneCanBeMade) {
  Linux7 system;
  system.namespace_answer = -ENOSPC;
  Prepared prepared(system);
  ASSERT_TRUE(engine::commit_from_host(*prepared.program, system.kernel()));
  EXPECT_EQ(engine::apply(*prepared.program, system.kernel(), prepared.failure), -ENOSPC);
  EXPECT_STREQ(prepared.failure.call, "open_tree");
  EXPECT_EQ(prepared.failure.refused, 1);
  EXPECT_EQ(system.made, (Calls{"make namespace"}));
}

TEST(EngineNamespace, OfTheHostIsLeftToPlansThatNeedTheirRootAttached) {
  Linux7 system;
  Prepared prepared(system, [](mplan_plan *plan) { EXPECT_GE(mplan_plan_unmount(plan, "/tmp", 0, nullptr), 0); });
  EXPECT_FALSE(engine::commit_from_host(*prepared.program, system.kernel()));
  EXPECT_FALSE(engine::can_hand_over(*prepared.program, UINT64_MAX, true, system.kernel()));
}

TEST(EngineNamespace, IsNotMadeOfWhatACopyWouldLeaveOut) {
  Linux7 system;
  Prepared prepared(system,
                    [](mplan_plan *plan) { EXPECT_GE(mplan_plan_propagation(plan, "/tmp", MPLAN_PROPAGATION_UNBINDABLE, nullptr), 0); });
  engine::commit_in_own(*prepared.program);
  EXPECT_EQ(engine::apply(*prepared.program, system.kernel(), prepared.failure), 0) << prepared.failure.call;
  EXPECT_EQ(std::count(system.made.begin(), system.made.end(), "make namespace"), 0);
  EXPECT_EQ(std::count(system.made.begin(), system.made.end(), "pivot_root"), 1);
}

TEST(EngineNamespace, IsHandedOverOnlyWithWhatTheReceiverCouldHaveMade) {
  struct Row {
    void (*add)(mplan_plan *plan);
    uint64_t needs;  // namespaces
  };
  const Row rows[] = {
      {[](mplan_plan *plan) { EXPECT_GE(mplan_plan_proc(plan, "/proc", 0, nullptr), 0); }, MPLAN_NAMESPACE_PID},
      {[](mplan_plan *plan) { EXPECT_GE(mplan_plan_sysfs(plan, "/sys", 0, nullptr), 0); }, MPLAN_NAMESPACE_NET},
      {[](mplan_plan *plan) { EXPECT_GE(mplan_plan_mqueue(plan, "/mqueue", 0, nullptr), 0); }, MPLAN_NAMESPACE_IPC},
      {[](mplan_plan *plan) { EXPECT_GE(mplan_plan_dev(plan, "/dev", MPLAN_DEV_MQUEUE, nullptr), 0); }, MPLAN_NAMESPACE_IPC},
  };
  for (const Row &row : rows) {
    Linux7 system;
    Prepared prepared(system, row.add);
    EXPECT_TRUE(engine::can_hand_over(*prepared.program, row.needs, true, system.kernel()));
    EXPECT_FALSE(engine::can_hand_over(*prepared.program, ~row.needs, true, system.kernel()));
  }
  Linux7 system;
  Prepared prepared(system, [](mplan_plan *plan) { EXPECT_GE(mplan_plan_devpts(plan, "/pts", 0, nullptr), 0); });
  EXPECT_TRUE(engine::can_hand_over(*prepared.program, 0, true, system.kernel()));
  EXPECT_FALSE(engine::can_hand_over(*prepared.program, 0, false, system.kernel()));
}
