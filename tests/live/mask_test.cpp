// SPDX-License-Identifier: MIT
// mask: files under the null device, directories under an empty read-only tmpfs.
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <filesystem>

#include "live/plan_world.hpp"

using live::everywhere;
using live::mount_at;
using live::path;
using live::Plan;

namespace {

void make_source() {
  live::write_file(path("source/secret"), "secret");
  live::write_file(path("source/dir/secret"), "secret");
  live::write_file(path("source/other/secret"), "secret");
}

}  // namespace

LIVE_TEST(LiveMask, OfAFileIsTheNullDevice) {
  make_source();
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_bind, path("source"), "/target", MPLAN_BIND_WRITABLE);
        plan.add(mplan_plan_mask, "/target/secret", 0);
      },
      [](const std::string &root) {
        struct stat status {};
        ASSERT_EQ(stat((root + "/target/secret").c_str(), &status), 0);
        EXPECT_TRUE(S_ISCHR(status.st_mode));
        EXPECT_EQ(status.st_rdev, makedev(1, 3));
        EXPECT_EQ(live::read_file(root + "/target/secret"), "");
        EXPECT_EQ(mount_at(root + "/target/secret")->options, "ro,nosuid,noexec,relatime");
      });
  EXPECT_EQ(live::read_file(path("source/secret")), "secret");
}

LIVE_TEST(LiveMask, OfADirectoryIsEmptyAndReadOnly) {
  make_source();
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_bind, path("source"), "/target", MPLAN_BIND_WRITABLE);
        plan.add(mplan_plan_mask, "/target/dir", 0);
      },
      [](const std::string &root) {
        EXPECT_TRUE(std::filesystem::is_empty(root + "/target/dir"));
        EXPECT_EQ(live::create_errno(root + "/target/dir/new"), EROFS);
        EXPECT_EQ(live::mode_of(root + "/target/dir"), 0555u);
        EXPECT_EQ(mount_at(root + "/target/dir")->options, "ro,nosuid,nodev,noexec,relatime");
      });
}

LIVE_TEST(LiveMask, OfSeveralDirectoriesIsOneFileSystem) {
  make_source();
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_bind, path("source"), "/target", 0);
        plan.add(mplan_plan_mask, "/target/dir", 0);
        plan.add(mplan_plan_mask, "/target/other", 0);
      },
      [](const std::string &root) { EXPECT_EQ(mount_at(root + "/target/dir")->device, mount_at(root + "/target/other")->device); });
}

LIVE_TEST(LiveMask, OfWhatIsMissingIsSkipped) {
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_mask, "/missing", 0);
        plan.add(mplan_plan_mask, "/missing/below", 0);
      },
      [](const std::string &root) {
        EXPECT_FALSE(live::exists(root + "/missing"));
        EXPECT_EQ(live::mounts_below(root).size(), 1u);
      });
}

LIVE_TEST(LiveMask, InPlaceHidesAFileOfTheCallersTree) {
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_mask, "/file", 0);
        plan.add(mplan_plan_mask, "/dir", 0);
      },
      [](const std::string &root) {
        EXPECT_EQ(live::read_file(root + "/file"), "");
        EXPECT_FALSE(live::exists(root + "/dir/secret"));
      },
      live::in_place([](const std::string &root) {
        live::write_file(root + "/file", "secret");
        live::write_file(root + "/dir/secret", "secret");
      }));
}
