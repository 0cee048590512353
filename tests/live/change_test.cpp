// SPDX-License-Identifier: MIT
// Ops on mounts that are there already: remount, propagation, move, unmount.
#include <sys/mount.h>

#include <cerrno>

#include "live/plan_world.hpp"

using live::everywhere;
using live::fails_everywhere;
using live::mount_at;
using live::path;
using live::Plan;

namespace {

// A writable bind at /target with a mount at /target/below.
void add_tree(Plan &plan) { plan.add(mplan_plan_bind, path("source"), "/target", MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE); }

void make_tree() {
  live::write_file(path("source/file"), "text");
  live::mount_tmpfs(path("source/below"));
  live::write_file(path("source/below/file"), "text");
}

}  // namespace

LIVE_TEST(LiveRemount, AddsReadOnlyNodevAndNosuid) {
  make_tree();
  everywhere(
      [](Plan &plan) {
        add_tree(plan);
        plan.add(mplan_plan_remount, "/target", 0);
      },
      [](const std::string &root) { EXPECT_EQ(mount_at(root + "/target")->options, "ro,nosuid,nodev,relatime"); });
}

LIVE_TEST(LiveRemount, WithoutRecursiveLeavesWhatIsBelow) {
  make_tree();
  everywhere(
      [](Plan &plan) {
        add_tree(plan);
        plan.add(mplan_plan_remount, "/target", 0);
      },
      [](const std::string &root) { EXPECT_EQ(mount_at(root + "/target/below")->options, "rw,nosuid,relatime"); });
}

LIVE_TEST(LiveRemount, RecursiveReachesWhatIsBelow) {
  make_tree();
  everywhere(
      [](Plan &plan) {
        add_tree(plan);
        plan.add(mplan_plan_remount, "/target", MPLAN_BIND_RECURSIVE);
      },
      [](const std::string &root) { EXPECT_EQ(mount_at(root + "/target/below")->options, "ro,nosuid,nodev,relatime"); });
}

LIVE_TEST(LiveRemount, LeavesWritableAndDevicesWhenAskedTo) {
  make_tree();
  everywhere(
      [](Plan &plan) {
        add_tree(plan);
        plan.add(mplan_plan_remount, "/target", MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE);
      },
      [](const std::string &root) { EXPECT_EQ(mount_at(root + "/target")->options, "rw,nosuid,relatime"); });
}

LIVE_TEST(LiveRemount, KeepsStrictatimeAndNosymfollow) {
  everywhere(
      [](Plan &plan) {
        int op = plan.add(mplan_plan_tmpfs, "/target", 0, 0755, 0);
        plan.add(mplan_op_set_attrs, op, MPLAN_ATTR_STRICTATIME | MPLAN_ATTR_NOSYMFOLLOW, 0);
        plan.add(mplan_plan_remount, "/target", MPLAN_BIND_RECURSIVE);
      },
      [](const std::string &root) { EXPECT_EQ(mount_at(root + "/target")->options, "ro,nosuid,nodev,nosymfollow"); });
}

LIVE_TEST(LiveRemount, SetsMoreAttributesWhenAskedTo) {
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_tmpfs, "/target", 0, 0755, 0);
        int op = plan.add(mplan_plan_remount, "/target", MPLAN_BIND_WRITABLE);
        plan.add(mplan_op_set_attrs, op, MPLAN_ATTR_NOEXEC | MPLAN_ATTR_NOATIME, 0);
      },
      [](const std::string &root) { EXPECT_EQ(mount_at(root + "/target")->options, "rw,nosuid,nodev,noexec,noatime"); });
}

LIVE_TEST(LiveRemount, OfTheRootMakesItReadOnlyWithWhatWasMadeInIt) {
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_dir, "/dir", 0755, 0);
        plan.add(mplan_plan_tmpfs, "/tmp", 0, 01777, 0);
        plan.add(mplan_plan_remount, "/", 0);
      },
      [](const std::string &root) {
        EXPECT_EQ(live::create_errno(root + "/dir/new"), EROFS);
        EXPECT_EQ(live::create_errno(root + "/tmp/new"), 0);
      });
}

LIVE_TEST(LiveRemount, OfTheRootRecursivelyReachesAllMounts) {
  make_tree();
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_tmpfs, "/tmp", 0, 01777, 0);
        plan.add(mplan_plan_bind, path("source"), "/tree", MPLAN_BIND_WRITABLE);
        plan.add(mplan_plan_remount, "/", MPLAN_BIND_RECURSIVE);
      },
      [](const std::string &root) {
        EXPECT_EQ(live::create_errno(root + "/new"), EROFS);
        EXPECT_EQ(live::create_errno(root + "/tmp/new"), EROFS);
        EXPECT_EQ(live::write_errno(root + "/tree/below/file"), EROFS);
      });
}

LIVE_TEST(LiveRemount, NeedsAMountPoint) {
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_dir, "/dir", 0755, 0);
        plan.add(mplan_plan_remount, "/dir", 0);
      },
      [](const live::Error &error, uint32_t) {
        EXPECT_EQ(error.kind, MPLAN_ERROR_STATE);
        EXPECT_EQ(error.message, "op 1 remount /dir: Invalid argument (it is not a mount point)");
      });
}

LIVE_TEST(LivePropagation, IsPrivateUntilAskedOtherwise) {
  make_tree();
  everywhere([](Plan &plan) { add_tree(plan); },
             [](const std::string &root) {
               for (const live::Mount &mount : live::mounts_below(root)) {
                 EXPECT_EQ(mount.optional, "") << mount;
               }
             });
}

LIVE_TEST(LivePropagation, SharedAndUnbindableShowInTheTable) {
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_tmpfs, "/shared", 0, 0755, 0);
        plan.add(mplan_plan_tmpfs, "/unbindable", 0, 0755, 0);
        plan.add(mplan_plan_tmpfs, "/private", 0, 0755, 0);
        plan.add(mplan_plan_propagation, "/shared", MPLAN_PROPAGATION_SHARED);
        plan.add(mplan_plan_propagation, "/unbindable", MPLAN_PROPAGATION_UNBINDABLE);
        plan.add(mplan_plan_propagation, "/private", MPLAN_PROPAGATION_SHARED);
        plan.add(mplan_plan_propagation, "/private", MPLAN_PROPAGATION_PRIVATE);
      },
      [](const std::string &root) {
        EXPECT_TRUE(mount_at(root + "/shared")->optional.starts_with("shared:"));
        EXPECT_EQ(mount_at(root + "/unbindable")->optional, "unbindable");
        EXPECT_EQ(mount_at(root + "/private")->optional, "");
      });
}

LIVE_TEST(LivePropagation, ReachesWhatIsBelowOnlyWhenRecursive) {
  make_tree();
  for (uint64_t recursive : {0, static_cast<int>(MPLAN_PROPAGATION_RECURSIVE)}) {
    everywhere(
        [&](Plan &plan) {
          add_tree(plan);
          plan.add(mplan_plan_propagation, "/target", MPLAN_PROPAGATION_SHARED | recursive);
        },
        [&](const std::string &root) {
          EXPECT_TRUE(mount_at(root + "/target")->optional.starts_with("shared:"));
          EXPECT_EQ(mount_at(root + "/target/below")->optional.starts_with("shared:"), recursive != 0);
        });
  }
}

LIVE_TEST(LivePropagation, OfTheRootIsWhatThePlanSays) {
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_tmpfs, "/tmp", 0, 0755, 0);
        plan.add(mplan_plan_propagation, "/", MPLAN_PROPAGATION_UNBINDABLE);
      },
      [](const std::string &root) {
        EXPECT_EQ(mount_at(root)->optional, "unbindable");
        EXPECT_EQ(mount_at(root + "/tmp")->optional, "");
      });
}

LIVE_TEST(LivePropagation, SlaveInPlaceStaysAReceiverOfItsPeers) {
  live::mkdirs(path("peer"));
  everywhere([](Plan &plan) { plan.add(mplan_plan_propagation, "/shared", MPLAN_PROPAGATION_SLAVE); },
             [](const std::string &root) { EXPECT_TRUE(mount_at(root + "/shared")->optional.starts_with("master:")); },
             live::in_place([](const std::string &root) {
               live::mount_tmpfs(root + "/shared");
               live::set_propagation(root + "/shared", MS_SHARED);
               live::mount_bind(root + "/shared", path("peer"));
             }));
}

LIVE_TEST(LiveMove, TakesAMountWithAllBelowToItsNewPlace) {
  make_tree();
  everywhere(
      [](Plan &plan) {
        add_tree(plan);
        plan.add(mplan_plan_move, "/target", "/moved/here", 0);
      },
      [](const std::string &root) {
        EXPECT_FALSE(mount_at(root + "/target").has_value());
        EXPECT_EQ(live::read_file(root + "/moved/here/below/file"), "text");
        EXPECT_EQ(live::mode_of(root + "/moved"), 0755u);
      });
}

LIVE_TEST(LiveMove, OfAFileMakesAFile) {
  make_tree();
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_bind, path("source/file"), "/file", 0);
        plan.add(mplan_plan_move, "/file", "/moved", 0);
      },
      [](const std::string &root) {
        EXPECT_EQ(live::read_file(root + "/moved"), "text");
        EXPECT_EQ(live::read_file(root + "/file"), "");
      });
}

LIVE_TEST(LiveMove, NeedsAMountPoint) {
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_dir, "/dir", 0755, 0);
        plan.add(mplan_plan_move, "/dir", "/moved", 0);
      },
      [](const live::Error &error, uint32_t) {
        EXPECT_EQ(error.message, "op 1 move /dir -> /moved: Invalid argument (it is not a mount point)");
      });
}

LIVE_TEST(LiveMove, NamesBothKindsWhenTheTargetDoesNotFit) {
  make_tree();
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_bind, path("source/file"), "/file", 0);
        plan.add(mplan_plan_dir, "/dir", 0755, 0);
        plan.add(mplan_plan_move, "/file", "/dir", 0);
      },
      [](const live::Error &error, uint32_t) { EXPECT_EQ(error.detail, "what is mounted is a file, the target is a directory"); });
}

LIVE_TEST(LiveRemount, ThatMaySkipReplacesAnAccessTimeModeBelow) {
  live::mount_tmpfs(path("source/below"));
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_op_set_attrs, plan.add(mplan_plan_bind, path("source"), "/target", 0), MPLAN_ATTR_NOATIME, 0);
        int op = plan.add(mplan_plan_remount, "/target", uint64_t{MPLAN_BIND_RECURSIVE} | MPLAN_REMOUNT_SKIP_VANISHED);
        plan.add(mplan_op_set_attrs, op, MPLAN_ATTR_STRICTATIME, 0);
      },
      [](const std::string &root) { EXPECT_FALSE(mount_at(root + "/target/below")->has("noatime")); });
}

LIVE_TEST(LivePropagation, OfEverythingLeavesAMountThatIsMadeAfterwardsFreeToBePlaced) {
  live::mkdirs(path("source"));
  for (uint64_t type : {MPLAN_PROPAGATION_SHARED, MPLAN_PROPAGATION_UNBINDABLE}) {
    everywhere(
        [&](Plan &plan) {
          plan.add(mplan_plan_tmpfs, "/tmp", 0, 0755, 0);
          plan.add(mplan_plan_propagation, "/", type | MPLAN_PROPAGATION_RECURSIVE);
          plan.add(mplan_plan_bind, path("source"), "/bind", 0);
        },
        [](const std::string &root) { EXPECT_TRUE(mount_at(root + "/bind").has_value()); });
  }
}

LIVE_TEST(LiveUnmount, TakesAwayTheTopOfAStack) {
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_tmpfs, "/tmp", 0, 0711, 0);
        plan.add(mplan_plan_tmpfs, "/tmp", 0, 0755, 0);
        plan.add(mplan_plan_unmount, "/tmp", 0);
      },
      [](const std::string &root) {
        EXPECT_EQ(live::mode_of(root + "/tmp"), 0711u);
        EXPECT_EQ(live::mounts_below(root + "/tmp").size(), 1u);
      });
}

LIVE_TEST(LiveUnmount, TakesWhatIsBelowWithIt) {
  make_tree();
  everywhere(
      [](Plan &plan) {
        add_tree(plan);
        plan.add(mplan_plan_unmount, "/target", 0);
      },
      [](const std::string &root) {
        EXPECT_TRUE(live::mounts_below(root + "/target").empty());
        EXPECT_EQ(live::mode_of(root + "/target"), 0700u);
      });
  EXPECT_TRUE(mount_at(path("source/below")).has_value());
}

LIVE_TEST(LiveUnmount, OfSomethingInsideABindLeavesTheSourceAlone) {
  make_tree();
  everywhere(
      [](Plan &plan) {
        add_tree(plan);
        plan.add(mplan_plan_unmount, "/target/below", 0);
      },
      [](const std::string &root) { EXPECT_EQ(live::mounts_below(root + "/target").size(), 1u); });
  EXPECT_TRUE(mount_at(path("source/below")).has_value());
}

LIVE_TEST(LiveUnmount, OfACoverShowsMountsThatHaveTheAttributesOfTheBind) {
  live::mount_tmpfs(path("source"));
  live::mount_tmpfs(path("source/below"));
  live::mkdirs(path("source/below/beneath"));
  live::mount_tmpfs(path("source/below"));
  live::mount_tmpfs(path("source/sub/inner"));
  live::mount_tmpfs(path("source/sub"));
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_bind, path("source"), "/target", 0);
        plan.add(mplan_plan_unmount, "/target/below", 0);
        plan.add(mplan_plan_unmount, "/target/sub", 0);
      },
      [](const std::string &root) {
        EXPECT_EQ(live::create_errno(root + "/target/below/beneath/file"), EROFS);
        EXPECT_EQ(live::create_errno(root + "/target/sub/inner/file"), EROFS);
        EXPECT_EQ(live::mounts_below(root + "/target").size(), 3u);
      });
}

LIVE_TEST(LiveUnmount, OfACoverShowsAMountThatARemountMadeReadOnly) {
  live::mount_tmpfs(path("source"));
  live::mount_tmpfs(path("source/below"));
  live::mount_tmpfs(path("source/below"));
  for (const char *target : {"/", "/target"}) {
    everywhere(
        [&](Plan &plan) {
          plan.add(mplan_plan_bind, path("source"), target, MPLAN_BIND_WRITABLE);
          plan.add(mplan_plan_remount, target, MPLAN_BIND_RECURSIVE);
          plan.add(mplan_plan_unmount, std::string(target) + "/below", 0);
        },
        [&](const std::string &root) { EXPECT_EQ(live::create_errno(root + target + "/below/file"), EROFS); });
  }
}

LIVE_TEST(LiveUnmount, OfACoverAfterARemountOfWhatIsSharedIsUnsupportedByTheClassicBackend) {
  live::Plan plan;
  live::mkdirs(path("root"));
  plan.add(mplan_plan_tmpfs, "/tmp", 0, 0755, 0);
  plan.add(mplan_plan_tmpfs, "/tmp", 0, 0755, 0);
  plan.add(mplan_plan_propagation, "/", uint64_t{MPLAN_PROPAGATION_SHARED} | MPLAN_PROPAGATION_RECURSIVE);
  plan.add(mplan_plan_remount, "/", MPLAN_BIND_RECURSIVE);
  plan.add(mplan_plan_unmount, "/tmp", 0);
  live::Outcome outcome = live::apply(plan, MPLAN_BACKEND_CLASSIC, path("root"));
  EXPECT_EQ(outcome.error.kind, MPLAN_ERROR_UNSUPPORTED);
  EXPECT_EQ(outcome.error.stage, MPLAN_STAGE_PREPARE);
  EXPECT_EQ(outcome.error.op, 4);
}

LIVE_TEST(LiveUnmount, NeedsAMountPoint) {
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_dir, "/dir", 0755, 0);
        plan.add(mplan_plan_unmount, "/dir", 0);
      },
      [](const live::Error &error, uint32_t) {
        EXPECT_EQ(error.message, "op 1 unmount /dir: Invalid argument (it is not a mount point)");
      });
}

LIVE_TEST(LiveChange, OfTheRootByAFollowedLinkIsRefused) {
  live::mkdirs(path("image"));
  live::symlink("/", path("image/link"));
  using Add = int (*)(Plan &);
  const std::pair<const char *, Add> ops[] = {
      {"unmount", [](Plan &p) { return p.add(mplan_plan_unmount, "/link", 0); }},
      {"propagation", [](Plan &p) { return p.add(mplan_plan_propagation, "/link", MPLAN_PROPAGATION_SHARED); }},
      {"remount", [](Plan &p) { return p.add(mplan_plan_remount, "/link", 0); }},
  };
  for (const auto &[name, add] : ops) {
    SCOPED_TRACE(name);
    live::fails_everywhere(
        [&](Plan &plan) {
          plan.add(mplan_plan_bind, path("image"), "/", 0);
          plan.add(mplan_op_set_symlinks, add(plan), MPLAN_SYMLINK_FOLLOW);
        },
        [](const live::Error &error, uint32_t) {
          EXPECT_EQ(error.kind, MPLAN_ERROR_SAFETY) << error;
          EXPECT_EQ(error.error, EINVAL);
          EXPECT_EQ(error.op, 1);
        });
  }
}

LIVE_TEST(LiveRoot, WhoseOptionalSourceIsMissingIsAnError) {
  live::fails_everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("missing"), "/", MPLAN_BIND_OPTIONAL); },
                         [](const live::Error &error, uint32_t) {
                           EXPECT_EQ(error.error, ENOENT) << error;
                           EXPECT_EQ(error.op, 0);
                         });
}
