// SPDX-License-Identifier: MIT
// The modifiers: on which ops each works, what it refuses, how layers of several overlays stay apart.
#include <fcntl.h>
#include <unistd.h>

#include <functional>
#include <iterator>

#include "plan_adders.hpp"
#include "plan_tools.hpp"

namespace mountplan::test {
namespace {

class PlanModify : public testing::Test {
 protected:
  int overlay() { return mplan_plan_overlay(plan_, "/t", 0, nullptr); }
  int bind() { return mplan_plan_bind(plan_, "/s", "/t", 0, nullptr); }
  int bind_fd() { return mplan_plan_bind_fd(plan_, 0, "/t", 0, nullptr); }
  std::vector<std::string> layers(size_t op) {
    std::vector<std::string> result;
    for (size_t i = 0; i < op_of(plan_, op).layers; i++) {
      const char *path = mplan_plan_layer(plan_, op, i);
      result.emplace_back(path != nullptr ? path : "(fd)");
    }
    EXPECT_EQ(mplan_plan_layer(plan_, op, result.size()), nullptr);
    return result;
  }
  template <typename Modify>
  Told refused(int error, const std::string &detail, Modify modify) {
    return expect_refused(plan_, error, detail, [&](mplan_error **err) { return modify(err); });
  }

  PlanOwner owner_ = new_plan();
  mplan_plan *plan_ = owner_.get();
};

using Modifier = std::function<int(mplan_plan *, int op, mplan_error **)>;

const struct {
  const char *name;
  Modifier modify;
  std::string fits;  // adders of ops that it changes
  const char *why_not;
} modifiers[] = {
    {"AddLayer", [](mplan_plan *p, int op, mplan_error **e) { return mplan_op_add_layer(p, op, "/l", e); }, " Overlay ", "has no layers"},
    {"AddLayerFd", [](mplan_plan *p, int op, mplan_error **e) { return mplan_op_add_layer_fd(p, op, 0, e); }, " Overlay ", "has no layers"},
    {"SetUpper", [](mplan_plan *p, int op, mplan_error **e) { return mplan_op_set_upper(p, op, "/u", "/w", e); }, " Overlay ",
     "has no upper directory"},
    {"SetIdmap", [](mplan_plan *p, int op, mplan_error **e) { return mplan_op_set_idmap(p, op, 0, e); }, " Bind BindFd ",
     "takes no id map"},
    {"SetInodes", [](mplan_plan *p, int op, mplan_error **e) { return mplan_op_set_inodes(p, op, 7, e); }, " Tmpfs ",
     "has no limit of inodes"},
    {"SetAttributes", [](mplan_plan *p, int op, mplan_error **e) { return mplan_op_set_attrs(p, op, MPLAN_ATTR_NOEXEC, 0, e); },
     " Bind BindFd Remount Tmpfs Proc Sysfs Devpts Mqueue Bpf Ramfs Dev Overlay File FileFd Root Etc ", "takes no attributes"},
    {"FollowSymlinks", [](mplan_plan *p, int op, mplan_error **e) { return mplan_op_set_symlinks(p, op, MPLAN_SYMLINK_FOLLOW, e); },
     " Bind BindFd Remount Tmpfs Devpts Mqueue Bpf Ramfs Dev Overlay Dir File FileFd Chmod Mask Propagation Move Unmount ",
     "can not follow a symbolic link at its target"},
    {"MountOnSymlinks", [](mplan_plan *p, int op, mplan_error **e) { return mplan_op_set_symlinks(p, op, MPLAN_SYMLINK_MOUNT_ON, e); },
     " Bind BindFd File FileFd Mask ", "can not be mounted on a symbolic link"},
};

TEST_F(PlanModify, EachModifierChangesTheOpsItFitsAndRefusesTheOthersByName) {
  for (const auto &modifier : modifiers) {
    for (const Adder &adder : adders) {
      SCOPED_TRACE(std::string(modifier.name) + " on " + adder.name);
      PlanOwner plan = new_plan();
      ASSERT_EQ(adder.add(plan.get(), "/t", adder.needed, nullptr), 0);
      if (modifier.fits.find(std::string(" ") + adder.name + " ") != std::string::npos) {
        State before(plan.get());
        EXPECT_EQ(modifier.modify(plan.get(), 0, nullptr), 0);
        EXPECT_FALSE(State(plan.get()) == before);
        continue;
      }
      std::string name = mplan_op_kind_name(adder.kind);
      Told told = expect_refused(plan.get(), EOPNOTSUPP, "op is " + name + ", which " + modifier.why_not,
                                 [&](mplan_error **err) { return modifier.modify(plan.get(), 0, err); });
      EXPECT_EQ(told.op, 0);
      EXPECT_EQ(told.op_name, name);
    }
  }
}

TEST_F(PlanModify, EachModifierRefusesOpsThatAreNotThere) {
  ASSERT_EQ(bind(), 0);
  for (const auto &modifier : modifiers) {
    SCOPED_TRACE(modifier.name);
    refused(ERANGE, "there is no op 1 in a plan of 1", [&](mplan_error **err) { return modifier.modify(plan_, 1, err); });
    refused(ERANGE, "op is negative", [&](mplan_error **err) { return modifier.modify(plan_, -1, err); });
    EXPECT_EQ(modifier.modify(nullptr, 0, nullptr), -EINVAL);
  }
}

// --- layers ---

TEST_F(PlanModify, KeepsLayersInTheOrderOfTheirAdding) {
  ASSERT_EQ(overlay(), 0);
  ASSERT_EQ(mplan_op_add_layer(plan_, 0, "/top", nullptr), 0);
  ASSERT_EQ(mplan_op_add_layer_fd(plan_, 0, 0, nullptr), 0);
  ASSERT_EQ(mplan_op_add_layer(plan_, 0, "relative", nullptr), 0);
  ASSERT_EQ(mplan_op_add_data_layer(plan_, 0, "/data", nullptr), 0);
  EXPECT_EQ(layers(0), (std::vector<std::string>{"/top", "(fd)", "relative", "/data"}));
  EXPECT_GE(plan_->plan.layers[1].fd, 3);
  EXPECT_TRUE(plan_->plan.layers[3].data_only);
}

TEST_F(PlanModify, KeepsTheLayersOfEachOverlayTogetherHoweverTheyAreAdded) {
  ASSERT_EQ(overlay(), 0);
  ASSERT_EQ(bind(), 1);
  ASSERT_EQ(overlay(), 2);
  ASSERT_EQ(overlay(), 3);
  std::vector<std::string> expected[4];
  for (int round = 0; round < 20; round++) {
    for (int op : {2, 0, 3, 2, 0}) {
      std::string path = "/" + std::to_string(op) + "/" + std::to_string(round) + "/" + std::to_string(expected[op].size());
      ASSERT_EQ(mplan_op_add_layer(plan_, op, path.c_str(), nullptr), 0);
      expected[op].push_back(path);
      for (int each : {0, 2, 3}) {
        ASSERT_EQ(layers(static_cast<size_t>(each)), expected[each]) << "after adding " << path;
      }
    }
  }
  EXPECT_EQ(plan_->plan.layers.size(), 100u);
}

TEST_F(PlanModify, TakesFiveHundredLayersAndNoMore) {
  ASSERT_EQ(overlay(), 0);
  for (int i = 0; i < 500; i++) {
    ASSERT_EQ(mplan_op_add_layer(plan_, 0, ("/" + std::to_string(i)).c_str(), nullptr), 0);
  }
  const char *detail = "op has 500 lower layers, the most an overlay can have";
  refused(EINVAL, detail, [&](mplan_error **err) { return mplan_op_add_layer(plan_, 0, "/x", err); });
  refused(EINVAL, detail, [&](mplan_error **err) { return mplan_op_add_layer_fd(plan_, 0, 0, err); });
  refused(EINVAL, detail, [&](mplan_error **err) { return mplan_op_add_data_layer(plan_, 0, "/x", err); });
  EXPECT_EQ(mplan_plan_layer(plan_, 0, 499), std::string("/499"));
}

TEST_F(PlanModify, WantsDataOnlyLayersAfterAllOthers) {
  ASSERT_EQ(overlay(), 0);
  refused(EINVAL, "a data-only layer needs another lower layer above it",
          [&](mplan_error **err) { return mplan_op_add_data_layer(plan_, 0, "/d", err); });
  ASSERT_EQ(mplan_op_add_layer(plan_, 0, "/l", nullptr), 0);
  ASSERT_EQ(mplan_op_add_data_layer(plan_, 0, "/d", nullptr), 0);
  ASSERT_EQ(mplan_op_add_data_layer(plan_, 0, "/e", nullptr), 0);
  const char *detail = "only data-only layers can come after a data-only layer";
  refused(EINVAL, detail, [&](mplan_error **err) { return mplan_op_add_layer(plan_, 0, "/x", err); });
  refused(EINVAL, detail, [&](mplan_error **err) { return mplan_op_add_layer_fd(plan_, 0, 0, err); });
}

TEST_F(PlanModify, RefusesLayersThatAreNoPathOrNoDescriptor) {
  ASSERT_EQ(overlay(), 0);
  refused(EINVAL, "source is NULL", [&](mplan_error **err) { return mplan_op_add_layer(plan_, 0, nullptr, err); });
  refused(EINVAL, "source is empty", [&](mplan_error **err) { return mplan_op_add_layer(plan_, 0, "", err); });
  refused(EBADF, "source_fd is not an open descriptor", [&](mplan_error **err) { return mplan_op_add_layer_fd(plan_, 0, -1, err); });
  refused(EINVAL, "upper is NULL", [&](mplan_error **err) { return mplan_op_set_upper(plan_, 0, nullptr, "/w", err); });
  refused(EINVAL, "work is NULL", [&](mplan_error **err) { return mplan_op_set_upper(plan_, 0, "/u", nullptr, err); });
  refused(EINVAL, "work is empty", [&](mplan_error **err) { return mplan_op_set_upper(plan_, 0, "/u", "", err); });
}

// --- attributes ---

TEST_F(PlanModify, AddsAttributesToTheDefaultsAndTakesDefaultsAway) {
  ASSERT_EQ(mplan_plan_proc(plan_, "/proc", 0, nullptr), 0);
  ASSERT_EQ(mplan_op_set_attrs(plan_, 0, MPLAN_ATTR_RDONLY | MPLAN_ATTR_NOATIME | MPLAN_ATTR_NODIRATIME,
                               MPLAN_ATTR_NOEXEC | MPLAN_ATTR_NOSUID, nullptr),
            0);
  mplan_op op = op_of(plan_, 0);
  EXPECT_EQ(op.attrs_set, uint64_t{MPLAN_ATTR_NODEV | MPLAN_ATTR_RDONLY | MPLAN_ATTR_NOATIME | MPLAN_ATTR_NODIRATIME});
  EXPECT_EQ(op.attrs_clear, uint64_t{MPLAN_ATTR_NOEXEC | MPLAN_ATTR_NOSUID});
}

TEST_F(PlanModify, ReplacesEarlierAttributes) {
  ASSERT_EQ(bind(), 0);
  ASSERT_EQ(mplan_op_set_attrs(plan_, 0, MPLAN_ATTR_NOEXEC, MPLAN_ATTR_RDONLY, nullptr), 0);
  ASSERT_EQ(mplan_op_set_attrs(plan_, 0, 0, 0, nullptr), 0);
  EXPECT_EQ(op_of(plan_, 0).attrs_set, uint64_t{MPLAN_ATTR_RDONLY | MPLAN_ATTR_NOSUID | MPLAN_ATTR_NODEV});
}

TEST_F(PlanModify, KeepsNosuidOnMountsOfWhatTheHostHas) {
  for (const char *name : {"Bind", "BindFd", "Remount", "File", "FileFd", "Root", "Etc"}) {
    for (const Adder &adder : adders) {
      if (adder.name == std::string(name)) {
        PlanOwner plan = new_plan();
        ASSERT_EQ(adder.add(plan.get(), "/t", 0, nullptr), 0);
        expect_refused(plan.get(), EINVAL, std::string("nosuid can not be cleared on ") + mplan_op_kind_name(adder.kind),
                       [&](mplan_error **err) { return mplan_op_set_attrs(plan.get(), 0, 0, MPLAN_ATTR_NOSUID, err); });
      }
    }
  }
}

TEST_F(PlanModify, RefusesAttributesThatMakeNoSenseTogether) {
  ASSERT_EQ(bind(), 0);
  auto attributes = [&](uint64_t set, uint64_t clear) {
    return [=, this](mplan_error **err) { return mplan_op_set_attrs(plan_, 0, set, clear, err); };
  };
  refused(EINVAL, "set has unknown bit 0x200", attributes(1 << 9, 0));
  refused(EINVAL, "clear has unknown bit 0x8000000000000000", attributes(0, uint64_t{1} << 63));
  refused(EINVAL, "noatime and relatime exclude each other", attributes(MPLAN_ATTR_NOATIME | MPLAN_ATTR_RELATIME, 0));
  refused(EINVAL, "relatime and strictatime exclude each other", attributes(MPLAN_ATTR_STRICTATIME | MPLAN_ATTR_RELATIME, 0));
  refused(EINVAL, "nodev is in set and in clear", attributes(MPLAN_ATTR_NODEV, MPLAN_ATTR_NODEV));
}

TEST_F(PlanModify, GivesNoAttributesToAFileThatIsNoMount) {
  ASSERT_EQ(mplan_plan_file(plan_, "/t", "", 0, 0444, MPLAN_FILE_COPY, nullptr), 0);
  refused(EOPNOTSUPP, "op is file, which makes no mount with these flags and takes no attributes",
          [&](mplan_error **err) { return mplan_op_set_attrs(plan_, 0, MPLAN_ATTR_NOEXEC, 0, err); });
  refused(EOPNOTSUPP, "op is file, which can not be mounted on a symbolic link",
          [&](mplan_error **err) { return mplan_op_set_symlinks(plan_, 0, MPLAN_SYMLINK_MOUNT_ON, err); });
}

// --- the others ---

TEST_F(PlanModify, TakesTheThreeSymlinkPoliciesAndNoOther) {
  ASSERT_EQ(bind(), 0);
  for (uint32_t policy : {MPLAN_SYMLINK_MOUNT_ON, MPLAN_SYMLINK_FOLLOW, MPLAN_SYMLINK_REFUSE}) {
    ASSERT_EQ(mplan_op_set_symlinks(plan_, 0, policy, nullptr), 0);
    EXPECT_EQ(op_of(plan_, 0).symlinks, policy);
  }
  refused(EINVAL, "policy 3 is none of the MPLAN_SYMLINK_ policies",
          [&](mplan_error **err) { return mplan_op_set_symlinks(plan_, 0, 3, err); });
}

TEST_F(PlanModify, TakesASourcePathThatStaysBeneathTheDescriptor) {
  ASSERT_EQ(bind_fd(), 0);
  ASSERT_EQ(mplan_op_set_source_path(plan_, 0, "a/./b", nullptr), 0);
  EXPECT_STREQ(plan_->plan.ops[0].source_path, "a/./b");
  auto path = [&](const char *given) { return [=, this](mplan_error **err) { return mplan_op_set_source_path(plan_, 0, given, err); }; };
  refused(EINVAL, "path is NULL", path(nullptr));
  refused(EINVAL, "path is empty", path(""));
  refused(EINVAL, "path \"/a\" is not relative", path("/a"));
  refused(EINVAL, "path \"a/../b\" has a .. component", path("a/../b"));
  refused(EINVAL, "path \"..\" has a .. component", path(".."));
  refused(ENAMETOOLONG, "path has a component of 256 bytes, at most 255 are allowed", path(std::string(256, 'a').c_str()));
}

TEST_F(PlanModify, TakesASourcePathOnlyWithASourceDescriptor) {
  ASSERT_EQ(bind(), 0);
  ASSERT_EQ(mplan_plan_file_fd(plan_, 0, "/t", 0444, 0, nullptr), 1);
  auto path = [&](int op) { return [=, this](mplan_error **err) { return mplan_op_set_source_path(plan_, op, "a", err); }; };
  refused(EOPNOTSUPP, "op is bind, which has no source descriptor here", path(0));
  refused(EOPNOTSUPP, "op is file, which has no source descriptor", path(1));
  refused(ERANGE, "there is no op 2 in a plan of 2", path(2));
}

TEST_F(PlanModify, HoldsOneIdmapDescriptorForAnOp) {
  ASSERT_EQ(bind(), 0);
  size_t before = open_fds();
  ASSERT_EQ(mplan_op_set_idmap(plan_, 0, 0, nullptr), 0);
  ASSERT_EQ(mplan_op_set_idmap(plan_, 0, 1, nullptr), 0);
  EXPECT_EQ(open_fds(), before + 1);
  EXPECT_EQ(fcntl(plan_->plan.ops[0].idmap_fd, F_GETFD), FD_CLOEXEC);
  refused(EBADF, "userns_fd is not an open descriptor", [&](mplan_error **err) { return mplan_op_set_idmap(plan_, 0, -1, err); });
  owner_.reset();
  EXPECT_EQ(open_fds(), before);
}

TEST_F(PlanModify, LimitsTheInodesOfATmpfs) {
  ASSERT_EQ(mplan_plan_tmpfs(plan_, "/t", 0, 0755, 0, nullptr), 0);
  ASSERT_EQ(mplan_op_set_inodes(plan_, 0, 1000, nullptr), 0);
  EXPECT_EQ(plan_->plan.ops[0].inodes, 1000u);
  refused(ERANGE, "inodes 9223372036854775808 is above 9223372036854775807",
          [&](mplan_error **err) { return mplan_op_set_inodes(plan_, 0, uint64_t{1} << 63, err); });
}

}  // namespace
}  // namespace mountplan::test
