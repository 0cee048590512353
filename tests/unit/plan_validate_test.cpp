// SPDX-License-Identifier: MIT
// Contradictions inside a plan, found without looking at any file; and the permission of missing parents.
#include "plan_adders.hpp"
#include "plan_tools.hpp"

namespace mountplan::test {
namespace {

class PlanValidate : public testing::Test {
 protected:
  // Given the plan as it stands, then it is refused because of this op.
  void expect_contradiction(int op, const std::string &detail) {
    State before(plan_);
    Told told = tell([&](mplan_error **err) { return mplan_plan_validate(plan_, err); });
    EXPECT_EQ(told.result, -EINVAL) << detail;
    EXPECT_EQ(told.kind, MPLAN_ERROR_VALIDATION);
    EXPECT_EQ(told.stage, MPLAN_STAGE_VALIDATE);
    EXPECT_EQ(told.detail, detail);
    EXPECT_EQ(told.op, op);
    EXPECT_EQ(told.op_name, op_of(plan_, static_cast<size_t>(op)).name);
    EXPECT_EQ(told.target, op_of(plan_, static_cast<size_t>(op)).target);
    EXPECT_TRUE(State(plan_) == before);
  }
  void expect_fine() {
    Told told = tell([&](mplan_error **err) { return mplan_plan_validate(plan_, err); });
    EXPECT_EQ(told.result, 0) << told.detail;
  }
  void start() {
    owner_ = new_plan();
    plan_ = owner_.get();
  }
  // An overlay with these lower layers, and with an upper directory unless that is NULL.
  int overlay(uint64_t flags, std::initializer_list<const char *> layers, const char *upper = nullptr, const char *work = nullptr) {
    int op = mplan_plan_overlay(plan_, "/t", flags, nullptr);
    EXPECT_GE(op, 0);
    for (const char *layer : layers) {
      EXPECT_EQ(mplan_op_add_layer(plan_, op, layer, nullptr), 0);
    }
    if (upper != nullptr) {
      EXPECT_EQ(mplan_op_set_upper(plan_, op, upper, work, nullptr), 0);
    }
    return op;
  }

  PlanOwner owner_ = new_plan();
  mplan_plan *plan_ = owner_.get();
};

TEST_F(PlanValidate, FindsNothingWrongWithAnEmptyPlan) { expect_fine(); }

TEST_F(PlanValidate, AllowsAMountAtTheRootOnlyAsTheFirstOp) {
  for (const Adder &adder : adders) {
    std::string name = adder.name;
    if (name == "Bind" || name == "BindFd" || name == "Tmpfs" || name == "Bpf" || name == "Ramfs") {
      SCOPED_TRACE(name);
      start();
      ASSERT_EQ(adder.add(plan_, "/", 0, nullptr), 0);
      expect_fine();
      ASSERT_EQ(adder.add(plan_, "/./", 0, nullptr), 1);
      expect_contradiction(1, "an op at / must come first: it would cover what op 0 made");
    }
  }
  start();
  ASSERT_EQ(mplan_plan_dir(plan_, "/usr", 0755, 0, nullptr), 0);
  ASSERT_EQ(mplan_plan_overlay(plan_, "/", MPLAN_OVERLAY_READONLY, nullptr), 1);
  expect_contradiction(1, "an op at / must come first: it would cover what op 0 made");
}

TEST_F(PlanValidate, RefusesAtTheRootWhatCanNotBeOne) {
  for (const Adder &adder : adders) {
    std::string name = adder.name;
    if (name == "Proc" || name == "Sysfs" || name == "Dev" || name == "Devpts" || name == "Mqueue" || name == "File" || name == "FileFd" ||
        name == "Symlink" || name == "Dir" || name == "Mask" || name == "Unmount") {
      SCOPED_TRACE(name);
      start();
      ASSERT_EQ(adder.add(plan_, "/", 0, nullptr), 0);
      expect_contradiction(0, std::string(mplan_op_kind_name(adder.kind)) + " can not be at /");
    }
  }
}

TEST_F(PlanValidate, AllowsWorkOnTheRootAtAnyTime) {
  ASSERT_EQ(mplan_plan_tmpfs(plan_, "/tmp", 0, 01777, 0, nullptr), 0);
  ASSERT_EQ(mplan_plan_root(plan_, "/srv", 0, nullptr), 1);
  ASSERT_EQ(mplan_plan_chmod(plan_, "/", 0755, 0, nullptr), 2);
  ASSERT_EQ(mplan_plan_propagation(plan_, "/", MPLAN_PROPAGATION_SLAVE, nullptr), 3);
  ASSERT_EQ(mplan_plan_remount(plan_, "/", 0, nullptr), 4);
  expect_fine();
}

TEST_F(PlanValidate, WantsALowerLayerInEachFormOfOverlay) {
  for (uint64_t flags : {0, +MPLAN_OVERLAY_EPHEMERAL, +MPLAN_OVERLAY_READONLY}) {
    start();
    ASSERT_EQ(mplan_plan_overlay(plan_, "/t", flags, nullptr), 0);
    expect_contradiction(0, "an overlay needs a lower layer");
  }
}

TEST_F(PlanValidate, WantsAnUpperDirectoryInThePersistentFormOnly) {
  overlay(0, {"/l"});
  expect_contradiction(0, "an overlay that is neither read-only nor ephemeral needs an upper and a work directory");
  start();
  overlay(0, {"/l"}, "/u", "/w");
  expect_fine();
  start();
  overlay(MPLAN_OVERLAY_READONLY, {"/l"}, "/u", "/w");
  expect_contradiction(0, "a read-only overlay has no upper directory");
  start();
  overlay(MPLAN_OVERLAY_EPHEMERAL, {"/l"}, "/u", "/w");
  expect_contradiction(0, "an ephemeral overlay makes its own upper directory");
}

TEST_F(PlanValidate, AllowsOneLowerLayerWithoutUpper) {
  overlay(MPLAN_OVERLAY_READONLY, {"/l"});
  overlay(MPLAN_OVERLAY_EPHEMERAL, {"/l"});
  expect_fine();
}

TEST_F(PlanValidate, RefusesTheSameLayerTwiceHoweverItIsWritten) {
  for (const char *again : {"/a", "//a/", "/./a/."}) {
    start();
    overlay(MPLAN_OVERLAY_READONLY, {"/a", "/b", again});
    expect_contradiction(0, std::string("layers 0 and 2 are both \"") + again + "\"");
  }
  start();
  overlay(MPLAN_OVERLAY_READONLY, {"a", "/a", "/ab", "/a/b", "/b/../a"});
  expect_fine();
}

TEST_F(PlanValidate, RefusesAnUpperDirectoryInsideALowerLayer) {
  overlay(0, {"/x", "/l"}, "/l/u", "/w");
  expect_contradiction(0, "upper \"/l/u\" lies inside layer 1 \"/l\"");
  start();
  overlay(0, {"/l"}, "/l//", "/w");
  expect_contradiction(0, "upper \"/l//\" lies inside layer 0 \"/l\"");
  start();
  overlay(0, {"l"}, "./l/u", "w");
  expect_contradiction(0, "upper \"./l/u\" lies inside layer 0 \"l\"");
}

TEST_F(PlanValidate, ComparesUpperAndLowerByComponentAndLeavesDoubtToTheKernel) {
  overlay(0, {"/l", "l", "/lower", "/l/u/x/lower"}, "/lu", "/lw");
  expect_fine();
  start();
  overlay(0, {"/l"}, "/l/../u", "/w");
  expect_fine();
}

TEST_F(PlanValidate, RefusesUpperAndWorkThatAreNotApart) {
  struct {
    const char *upper, *work;
  } cases[] = {{"/u", "/u"}, {"/u", "/u/w"}, {"/w/u", "/w"}, {"/u/.", "//u"}};
  for (const auto &row : cases) {
    start();
    overlay(0, {"/l"}, row.upper, row.work);
    expect_contradiction(0, std::string("upper \"") + row.upper + "\" and work \"" + row.work + "\" are not apart from each other");
  }
}

TEST_F(PlanValidate, RefusesTwoOverlaysThatWriteToOneDirectory) {
  struct {
    const char *upper, *work;
    const char *detail;
  } cases[] = {{"/u", "/w2", "upper \"/u\" is written by op 0 too"},
               {"/u2", "//w", "work \"//w\" is written by op 0 too"},
               {"/w", "/w2", "upper \"/w\" is written by op 0 too"}};
  for (const auto &row : cases) {
    start();
    overlay(0, {"/l"}, "/u", "/w");
    overlay(MPLAN_OVERLAY_READONLY, {"/l"});
    overlay(0, {"/l"}, row.upper, row.work);
    expect_contradiction(2, row.detail);
  }
  start();
  overlay(0, {"/l"}, "/u", "/w");
  overlay(0, {"/l"}, "/u2", "/w2");
  expect_fine();
}

TEST_F(PlanValidate, WantsAnAbsolutePathToDereference) {
  ASSERT_EQ(mplan_plan_symlink(plan_, "free text", "/a", 0, nullptr), 0);
  ASSERT_EQ(mplan_plan_symlink(plan_, "/etc/localtime", "/b", MPLAN_SYMLINK_DEREFERENCE, nullptr), 1);
  expect_fine();
  ASSERT_EQ(mplan_plan_symlink(plan_, "etc/localtime", "/c", MPLAN_SYMLINK_DEREFERENCE, nullptr), 2);
  expect_contradiction(2, "text \"etc/localtime\" is not absolute, which DEREFERENCE needs");
}

TEST_F(PlanValidate, RefusesToMoveAMountIntoItself) {
  ASSERT_EQ(mplan_plan_move(plan_, "/a", "/ab", 0, nullptr), 0);
  ASSERT_EQ(mplan_plan_move(plan_, "/a/b", "/a", 0, nullptr), 1);
  expect_fine();
  for (const char *target : {"/a", "/a/b"}) {
    start();
    ASSERT_EQ(mplan_plan_move(plan_, "/a", target, 0, nullptr), 0);
    expect_contradiction(0, "\"/a\" can not be moved into itself");
  }
}

TEST_F(PlanValidate, NamesTheSourceOfTheOpInTheError) {
  overlay(MPLAN_OVERLAY_READONLY, {"/l"}, "/u", "/w");
  EXPECT_EQ(tell([&](mplan_error **err) { return mplan_plan_validate(plan_, err); }).source, "/u");
}

TEST_F(PlanValidate, DerivesTheParentModeFromTheKindUntilItIsSet) {
  struct {
    const char *adder;
    uint32_t mode;
  } cases[] = {{"Bind", 0700}, {"BindFd", 0700}, {"Overlay", 0700}, {"Proc", 0755}, {"Dir", 0755}, {"Symlink", 0755}, {"File", 0755}};
  for (const auto &row : cases) {
    for (const Adder &adder : adders) {
      if (adder.name == std::string(row.adder)) {
        start();
        ASSERT_EQ(adder.add(plan_, "/t", 0, nullptr), 0);
        EXPECT_EQ(plan::parent_mode_of(plan_->plan, plan_->plan.ops[0]), row.mode) << row.adder;
        ASSERT_EQ(mplan_plan_set_parent_mode(plan_, 0, nullptr), 0);
        EXPECT_EQ(plan::parent_mode_of(plan_->plan, plan_->plan.ops[0]), 0u) << row.adder;
      }
    }
  }
}

TEST_F(PlanValidate, DerivesTheParentModeOfATmpfsFromItsMode) {
  ASSERT_EQ(mplan_plan_tmpfs(plan_, "/t", 0, 0750, 0, nullptr), 0);
  EXPECT_EQ(plan::parent_mode_of(plan_->plan, plan_->plan.ops[0]), 0750u);
}

// A6: masks and read-only are in force in the result.

TEST_F(PlanValidate, RefusesAMaskThatALaterMountAboveItWouldCover) {
  ASSERT_EQ(mplan_plan_mask(plan_, "/proc/kcore", 0, nullptr), 0);
  ASSERT_EQ(mplan_plan_dir(plan_, "/proc", 0755, 0, nullptr), 1);
  ASSERT_EQ(mplan_plan_proc(plan_, "/proc", 0, nullptr), 2);
  expect_contradiction(0, "op 2 proc \"/proc\" would cover it, so it must come after that");
}

TEST_F(PlanValidate, RefusesARemountThatALaterMountAboveItWouldCover) {
  ASSERT_EQ(mplan_plan_remount(plan_, "/a/b/c", 0, nullptr), 0);
  ASSERT_EQ(mplan_plan_move(plan_, "/elsewhere", "/a", 0, nullptr), 1);
  expect_contradiction(0, "op 1 move \"/a\" would cover it, so it must come after that");
}

TEST_F(PlanValidate, RefusesAMaskInADirectoryThatALaterRootBinds) {
  ASSERT_EQ(mplan_plan_mask(plan_, "/usr/share", 0, nullptr), 0);
  ASSERT_EQ(mplan_plan_root(plan_, "/host", 0, nullptr), 1);
  expect_contradiction(0, "op 1 root \"/\" would cover it, so it must come after that");
}

TEST_F(PlanValidate, AllowsAMaskInADirectoryThatALaterRootLeavesOut) {
  ASSERT_EQ(mplan_plan_mask(plan_, "/proc/kcore", 0, nullptr), 0);
  ASSERT_EQ(mplan_plan_root(plan_, "/host", 0, nullptr), 1);
  expect_fine();
}

TEST_F(PlanValidate, AllowsMountsAtBelowAndBesideAMask) {
  ASSERT_EQ(mplan_plan_proc(plan_, "/proc", 0, nullptr), 0);
  ASSERT_EQ(mplan_plan_mask(plan_, "/proc/keys", 0, nullptr), 1);
  for (const char *target : {"/proc/keys", "/proc/keys/below", "/proc/key", "/proc/keyss", "/other"}) {
    ASSERT_GT(mplan_plan_tmpfs(plan_, target, 0, 0755, 0, nullptr), 0);
  }
  expect_fine();
}

}  // namespace
}  // namespace mountplan::test
