// SPDX-License-Identifier: MIT
// Entering the new root where the old one is an initramfs: on the recording kernel, with a pivot_root(2) that answers as there.
#include <gtest/gtest.h>
#include <mountplan/mountplan.h>

#include <cerrno>
#include <string>
#include <vector>

#include "capi/handle.hpp"
#include "engine/engine.hpp"
#include "kernel/model.hpp"

namespace {

using mountplan::kernel::Call;
using mountplan::kernel::Kernel;

struct Initramfs {
  mountplan::kernel::Model model;
  int pivot_result = -EINVAL;
  std::vector<std::string> ending;  // the calls that count, from pivot_root on

  static long invoke(void *self, Call call, const long args[6]) { return static_cast<Initramfs *>(self)->answer(call, args); }
  long answer(Call call, const long args[6]) {
    auto text = [&](int i) { return args[i] == 0 ? std::string("NULL") : std::string(reinterpret_cast<const char *>(args[i])); };
    if (call == Call::pivot_root) {
      ending.push_back("pivot_root " + text(0) + ' ' + text(1));
      return pivot_result;
    }
    if (!ending.empty()) {
      if (call == Call::mount) {
        ending.push_back("mount " + text(0) + ' ' + text(1) + ' ' + std::to_string(args[3]));
      } else if (call == Call::chroot || call == Call::chdir || call == Call::umount2) {
        ending.push_back(std::string(mountplan::kernel::call_name(call)) + ' ' + text(0));
      }
    }
    return model.invoke(call, args);
  }
};

int enter(Initramfs &system, uint32_t backend, mountplan::base::Failure &failure) {
  mplan_plan *plan = nullptr;
  EXPECT_TRUE(system.model.begin());
  EXPECT_EQ(mplan_plan_new(&plan, nullptr), 0);
  EXPECT_EQ(mplan_plan_tmpfs(plan, "/tmp", 0, 01777, 0, nullptr), 0);
  mountplan::engine::Options options;
  options.flags = MPLAN_PREPARE_PIVOT;
  options.backend = backend;
  mountplan::engine::Program *program = nullptr;
  const Kernel kernel{&system, Initramfs::invoke};
  int result = mountplan::engine::prepare(plan->plan, options, kernel, &program, failure);
  EXPECT_EQ(result, 0) << failure.detail;
  if (result == 0) {
    result = mountplan::engine::apply(*program, kernel, failure);
  }
  mountplan::engine::release(program);
  mplan_plan_free(plan);
  return result;
}

}  // namespace

TEST(EnterInitramfs, MovesTheRootOverTheOldOneAndChangesIntoIt) {
  for (uint32_t backend : {MPLAN_BACKEND_FD, MPLAN_BACKEND_CLASSIC}) {
    Initramfs system;
    mountplan::base::Failure failure;
    EXPECT_EQ(enter(system, backend, failure), 0) << failure.call << ' ' << failure.detail;
    EXPECT_EQ(system.ending, (std::vector<std::string>{"pivot_root . .", "mount . / 8192", "chroot .", "chdir /"}));
  }
}

TEST(EnterInitramfs, DoesNotMoveARootThatLiesOverTheOldOneAlready) {
  Initramfs system;
  mountplan::base::Failure failure;
  EXPECT_EQ(enter(system, MPLAN_BACKEND_DETACHED, failure), 0) << failure.call << ' ' << failure.detail;
  EXPECT_EQ(system.ending, (std::vector<std::string>{"pivot_root . .", "chroot .", "chdir /"}));
}

TEST(EnterInitramfs, IsNotAssumedOfAnotherError) {
  Initramfs system;
  system.pivot_result = -EBUSY;
  mountplan::base::Failure failure;
  EXPECT_EQ(enter(system, MPLAN_BACKEND_DETACHED, failure), -EBUSY);
  EXPECT_STREQ(failure.call, "pivot_root");
}
