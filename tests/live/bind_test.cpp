// SPDX-License-Identifier: MIT
// bind: what the mount is like, and where it lands.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>

#include "live/plan_world.hpp"

using live::everywhere;
using live::fails_everywhere;
using live::mount_at;
using live::path;
using live::Plan;

namespace {

void make_source() {
  live::write_file(path("source/file"), "text");
  live::write_file(path("source/sub/file"), "below");
}

}  // namespace

LIVE_TEST(LiveBind, IsReadOnlyNodevNosuidAndPrivateByDefault) {
  make_source();
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("source"), "/target", 0); },
             [](const std::string &root) {
               EXPECT_EQ(mount_at(root + "/target")->options, "ro,nosuid,nodev,relatime");
               EXPECT_EQ(mount_at(root + "/target")->optional, "");
               EXPECT_EQ(live::write_errno(root + "/target/file"), EROFS);
               EXPECT_EQ(live::read_file(root + "/target/sub/file"), "below");
             });
  EXPECT_EQ(live::write_errno(path("source/file")), 0);
}

LIVE_TEST(LiveBind, StaysWritableWhenAskedTo) {
  make_source();
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("source"), "/target", MPLAN_BIND_WRITABLE); },
             [](const std::string &root) {
               EXPECT_EQ(mount_at(root + "/target")->options, "rw,nosuid,nodev,relatime");
               EXPECT_EQ(live::write_errno(root + "/target/file"), 0);
             });
}

LIVE_TEST(LiveBind, OfAReadOnlyFileSystemIsReadOnlyItselfWhenAskedTo) {
  live::mkdirs(path("source"));
  ASSERT_EQ(mount("source", path("source").c_str(), "tmpfs", MS_RDONLY, nullptr), 0);
  live::remount(path("source"), MS_RELATIME);  // the mount is writable, its file system is not
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("source"), "/target", 0); },
             [](const std::string &root) { EXPECT_EQ(mount_at(root + "/target")->options, "ro,nosuid,nodev,relatime"); });
}

LIVE_TEST(LiveBind, OfAReadOnlyFileSystemStaysAWritableMountWhenAskedTo) {
  live::mkdirs(path("source"));
  ASSERT_EQ(mount("source", path("source").c_str(), "tmpfs", MS_RDONLY, nullptr), 0);
  live::remount(path("source"), MS_RELATIME);
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("source"), "/target", MPLAN_BIND_WRITABLE); },
             [](const std::string &root) { EXPECT_EQ(mount_at(root + "/target")->options, "rw,nosuid,nodev,relatime"); });
}

LIVE_TEST(LiveBind, KeepsDevicesUsableWhenAskedTo) {
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, "/dev/null", "/null", MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE); },
             [](const std::string &root) {
               EXPECT_FALSE(mount_at(root + "/null")->has("nodev"));
               EXPECT_EQ(live::write_errno(root + "/null"), 0);
             });
}

LIVE_TEST(LiveBind, DisablesDevicesByDefault) {
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, "/dev/null", "/null", MPLAN_BIND_WRITABLE); },
             [](const std::string &root) { EXPECT_EQ(live::write_errno(root + "/null"), EACCES); });
}

LIVE_TEST(LiveBind, TakesAlongWhatIsMountedBelowAndTreatsItAlike) {
  make_source();
  live::mount_tmpfs(path("source/sub"));
  live::write_file(path("source/sub/mounted"), "text");
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("source"), "/target", 0); },
             [](const std::string &root) {
               EXPECT_EQ(live::read_file(root + "/target/sub/mounted"), "text");
               EXPECT_EQ(mount_at(root + "/target/sub")->options, "ro,nosuid,nodev,relatime");
               EXPECT_EQ(live::write_errno(root + "/target/sub/mounted"), EROFS);
             });
}

LIVE_TEST(LiveBind, PutsAFileOnAnEmptyFileWithMode0444) {
  make_source();
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("source/file"), "/a/file", 0); },
             [](const std::string &root) {
               EXPECT_EQ(live::read_file(root + "/a/file"), "text");
               EXPECT_EQ(umount2((root + "/a/file").c_str(), 0), 0);
               EXPECT_EQ(live::mode_of(root + "/a/file"), 0444u);
               EXPECT_EQ(live::read_file(root + "/a/file"), "");
             });
}

LIVE_TEST(LiveBind, MakesMissingParentsWithMode0700) {
  make_source();
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("source"), "/a/b/target", 0); },
             [](const std::string &root) {
               EXPECT_EQ(live::mode_of(root + "/a"), 0700u);
               EXPECT_EQ(live::mode_of(root + "/a/b"), 0700u);
               EXPECT_EQ(umount2((root + "/a/b/target").c_str(), 0), 0);
               EXPECT_EQ(live::mode_of(root + "/a/b/target"), 0700u);
             });
}

LIVE_TEST(LiveBind, MakesMissingParentsWithThePlansMode) {
  make_source();
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_set_parent_mode, 0751);
        plan.add(mplan_plan_bind, path("source"), "/a/target", 0);
      },
      [](const std::string &root) { EXPECT_EQ(live::mode_of(root + "/a"), 0751u); });
}

LIVE_TEST(LiveBind, MakesModesThatTheUmaskDoesNotTouch) {
  make_source();
  umask(077);
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_set_parent_mode, 01777);
        plan.add(mplan_plan_bind, path("source/file"), "/a/file", 0);
      },
      [](const std::string &root) { EXPECT_EQ(live::mode_of(root + "/a"), 01777u); });
}

LIVE_TEST(LiveBind, LandsOnWhatAnEarlierOpMade) {
  make_source();
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_tmpfs, "/a", 0, 0755, 0);
        plan.add(mplan_plan_bind, path("source"), "/a/target", 0);
      },
      [](const std::string &root) {
        EXPECT_EQ(live::read_file(root + "/a/target/file"), "text");
        EXPECT_EQ(live::create_errno(root + "/a/new"), 0);
      });
}

LIVE_TEST(LiveBind, CoversAnEarlierBindAtTheSameTarget) {
  make_source();
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_bind, path("source"), "/target", 0);
        plan.add(mplan_plan_bind, path("source/sub"), "/target", 0);
      },
      [](const std::string &root) { EXPECT_EQ(live::read_file(root + "/target/file"), "below"); });
}

LIVE_TEST(LiveBind, RefusesToMakeAMountPointInATreeOfTheCaller) {
  make_source();
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_bind, path("source"), "/target", MPLAN_BIND_WRITABLE);
        plan.add(mplan_plan_bind, path("source/sub"), "/target/new", 0);
      },
      [](const live::Error &error, uint32_t) {
        EXPECT_EQ(error.kind, MPLAN_ERROR_SAFETY);
        EXPECT_EQ(error.error, ENOENT);
        EXPECT_EQ(error.op, 1);
        EXPECT_EQ(error.target, "/target/new");
      });
}

LIVE_TEST(LiveBind, MakesAMountPointInAWritableTreeOfTheCallerWhenThePlanMay) {
  make_source();
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_set_flags, MPLAN_PLAN_CREATE);
        plan.add(mplan_plan_bind, path("source"), "/target", MPLAN_BIND_WRITABLE);
        plan.add(mplan_plan_bind, path("source/sub"), "/target/new", 0);
      },
      [](const std::string &root) {
        EXPECT_EQ(live::read_file(root + "/target/new/file"), "below");
        EXPECT_EQ(live::mode_of(path("source/new")), 0700u);
        EXPECT_EQ(umount2((root + "/target/new").c_str(), 0), 0);
        EXPECT_EQ(rmdir(path("source/new").c_str()), 0);
      });
}

LIVE_TEST(LiveBind, SaysWhenTheTreeForAMissingMountPointIsReadOnly) {
  make_source();
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_set_flags, MPLAN_PLAN_CREATE);
        plan.add(mplan_plan_bind, path("source"), "/target", 0);
        plan.add(mplan_plan_bind, path("source/sub"), "/target/new", 0);
      },
      [](const live::Error &error, uint32_t) {
        EXPECT_EQ(error.error, EROFS);
        EXPECT_EQ(error.call, "mkdirat");
        EXPECT_EQ(error.target, "/target/new");
      });
}

LIVE_TEST(LiveBind, RefusesADirectoryOnAFile) {
  make_source();
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_file, "/target", "x", size_t{1}, 0644, MPLAN_FILE_COPY);
        plan.add(mplan_plan_bind, path("source"), "/target", 0);
      },
      [](const live::Error &error, uint32_t) {
        EXPECT_EQ(error.kind, MPLAN_ERROR_STATE);
        EXPECT_EQ(error.error, ENOTDIR);
        EXPECT_EQ(error.message,
                  "op 1 bind " + path("source") + " -> /target: Not a directory (what is mounted is a directory, the target is a file)");
      });
}

LIVE_TEST(LiveBind, RefusesAFileOnADirectory) {
  make_source();
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_dir, "/target", 0755, 0);
        plan.add(mplan_plan_bind, path("source/file"), "/target", 0);
      },
      [](const live::Error &error, uint32_t) {
        EXPECT_EQ(error.kind, MPLAN_ERROR_STATE);
        EXPECT_EQ(error.error, EISDIR);
        EXPECT_EQ(error.message, "op 1 bind " + path("source/file") +
                                     " -> /target: Is a directory (what is mounted is a file, the target is a directory)");
      });
}

LIVE_TEST(LiveBind, AtTheRootIsTheRoot) {
  make_source();
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("source"), "/", 0); },
             [](const std::string &root) {
               EXPECT_EQ(mount_at(root)->options, "ro,nosuid,nodev,relatime");
               EXPECT_EQ(live::read_file(root + "/sub/file"), "below");
             });
}

LIVE_TEST(LiveBind, AtTheRootTakesMoreMountsInIt) {
  make_source();
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_bind, path("source"), "/", 0);
        plan.add(mplan_plan_tmpfs, "/sub", 0, 0755, 0);
      },
      [](const std::string &root) { EXPECT_EQ(live::create_errno(root + "/sub/new"), 0); });
}

LIVE_TEST(LiveBind, OfAFileCanNotBeTheRoot) {
  make_source();
  fails_everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("source/file"), "/", 0); },
                   [](const live::Error &error, uint32_t) {
                     EXPECT_EQ(error.error, ENOTDIR);
                     EXPECT_EQ(error.op, 0);
                   });
}

LIVE_TEST(LiveBind, OfATreeThatHoldsTheNewRootDoesNotShowTheNewRootInItself) {
  make_source();
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("."), "/host", 0); },
             [](const std::string &root) {
               EXPECT_EQ(live::read_file(root + "/host/source/file"), "text");
               EXPECT_EQ(live::mounts_below(root + "/host").size(), 1u);
             });
}

LIVE_TEST(LiveBind, OfATreeThatHoldsTheRootInPlaceDoesNotShowWhatIsBeingBuilt) {
  make_source();
  live::mkdirs(path("root"));
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_file, "/file", "x", size_t{1}, 0444, 0);
        plan.add(mplan_plan_bind, path("."), "/host", 0);
      },
      [](const std::string &root) {
        EXPECT_EQ(live::read_file(root + "/file"), "x");
        EXPECT_EQ(live::mounts_below(root + "/host").size(), 2u);
      },
      live::in_place([](const std::string &root) {
        live::mkdirs(root + "/host");
        live::write_file(root + "/file", "");
      }));
}
