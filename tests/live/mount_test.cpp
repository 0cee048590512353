// SPDX-License-Identifier: MIT
// mount.h: single mounts without a plan, in the calling thread's mount namespace. And features.h.
#include <mountplan/features.h>
#include <mountplan/mount.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>

#include "live/plan_world.hpp"

using live::mount_at;
using live::path;

namespace {

// What the function must succeed with.
void expect_done(int result, mplan_error *error) {
  EXPECT_EQ(result, 0) << mplan_error_message(error);
  mplan_error_free(error);
}

void make_tree() {
  live::write_file(path("source/file"), "text");
  live::mount_tmpfs(path("source/below"));
  live::mkdirs(path("target"));
}

}  // namespace

LIVE_TEST(LiveMountBind, IsReadOnlyNodevNosuidAndNotRecursive) {
  make_tree();
  mplan_error *error = nullptr;
  expect_done(mplan_mount_bind(path("source").c_str(), path("target").c_str(), 0, &error), error);
  EXPECT_EQ(mount_at(path("target"))->options, "ro,nosuid,nodev,relatime");
  EXPECT_FALSE(mount_at(path("target/below")).has_value());
}

LIVE_TEST(LiveMountBind, TakesAlongWhatIsBelowWhenRecursive) {
  make_tree();
  mplan_error *error = nullptr;
  expect_done(mplan_mount_bind(path("source").c_str(), path("target").c_str(), MPLAN_BIND_RECURSIVE | MPLAN_BIND_WRITABLE, &error), error);
  EXPECT_EQ(mount_at(path("target"))->options, "rw,nosuid,nodev,relatime");
  EXPECT_EQ(mount_at(path("target/below"))->options, "rw,nosuid,nodev,relatime");
}

LIVE_TEST(LiveMountBind, FailsWithoutATrace) {
  make_tree();
  live::symlink("target", path("link"));
  live::Snapshot before = live::host_snapshot();
  std::vector<std::string> files = live::files(live::scratch());
  const std::pair<std::string, int> targets[] = {
      {path("missing"), ENOENT}, {path("link"), ELOOP}, {path("source/file"), ENOTDIR}, {"relative", EINVAL}};
  for (const auto &[target, expected] : targets) {
    mplan_error *error = nullptr;
    EXPECT_EQ(mplan_mount_bind(path("source").c_str(), target.c_str(), 0, &error), -expected) << target;
    EXPECT_EQ(live::take(error).error, expected);
  }
  mplan_error *error = nullptr;
  EXPECT_EQ(mplan_mount_bind(path("missing").c_str(), path("target").c_str(), 0, &error), -ENOENT);
  live::Error missing = live::take(error);
  EXPECT_EQ(missing.source, path("missing"));
  EXPECT_EQ(missing.target, path("target"));
  EXPECT_EQ(mplan_mount_bind(path("source").c_str(), path("target").c_str(), MPLAN_BIND_OPTIONAL, nullptr), -EINVAL);
  EXPECT_EQ(live::host_snapshot(), before);
  EXPECT_EQ(live::files(live::scratch()), files);
}

LIVE_TEST_ONLY(nobody, LiveMountBind, WithoutPrivilegeIsRefused) {
  live::mkdirs(path("source"));
  live::mkdirs(path("target"));
  mplan_error *error = nullptr;
  EXPECT_EQ(mplan_mount_bind(path("source").c_str(), path("target").c_str(), 0, &error), -EPERM);
  mplan_error_free(error);
}

LIVE_TEST(LiveMountRemount, AddsAttributes) {
  make_tree();
  mplan_error *error = nullptr;
  expect_done(mplan_mount_remount(path("source/below").c_str(), 0, &error), error);
  EXPECT_EQ(mount_at(path("source/below"))->options, "ro,nosuid,nodev,relatime");
}

LIVE_TEST(LiveMountRemount, ReachesWhatIsBelowWhenRecursive) {
  live::mount_tmpfs(path("tree"));
  live::mount_tmpfs(path("tree/below"));
  mplan_error *error = nullptr;
  expect_done(mplan_mount_remount(path("tree").c_str(), MPLAN_BIND_RECURSIVE, &error), error);
  EXPECT_TRUE(mount_at(path("tree/below"))->has("ro"));
}

LIVE_TEST(LiveMountRemount, NeedsAMountPoint) {
  live::mkdirs(path("dir"));
  mplan_error *error = nullptr;
  EXPECT_EQ(mplan_mount_remount(path("dir").c_str(), 0, &error), -EINVAL);
  EXPECT_EQ(live::take(error).detail, "it is not a mount point");
}

LIVE_TEST(LiveMountTmpfs, HasItsNameSizeModeAndFlags) {
  live::mkdirs(path("target"));
  mplan_error *error = nullptr;
  expect_done(mplan_mount_tmpfs("name", path("target").c_str(), 65536, 01770, MPLAN_ATTR_NOEXEC, &error), error);
  live::Mount mount = *mount_at(path("target"));
  EXPECT_EQ(mount.type + ' ' + mount.source + ' ' + mount.options, "tmpfs name rw,nosuid,nodev,noexec,relatime");
  EXPECT_NE(mount.super_options.find("size=64k"), std::string::npos);
  EXPECT_EQ(live::mode_of(path("target")), 01770u);
}

LIVE_TEST(LiveMountTmpfs, IsCalledTmpfsUntilNamed) {
  live::mkdirs(path("target"));
  mplan_error *error = nullptr;
  expect_done(mplan_mount_tmpfs(nullptr, path("target").c_str(), 0, 0755, 0, &error), error);
  EXPECT_EQ(mount_at(path("target"))->source, "tmpfs");
}

LIVE_TEST(LiveMountTmpfs, ChecksItsArguments) {
  live::mkdirs(path("target"));
  EXPECT_EQ(mplan_mount_tmpfs(nullptr, path("target").c_str(), UINT64_MAX, 0755, 0, nullptr), -ERANGE);
  EXPECT_EQ(mplan_mount_tmpfs(nullptr, path("target").c_str(), 0, 010000, 0, nullptr), -EINVAL);
  EXPECT_EQ(mplan_mount_tmpfs(nullptr, path("target").c_str(), 0, 0755, uint64_t{1} << 40, nullptr), -EINVAL);
  EXPECT_FALSE(mount_at(path("target")).has_value());
}

LIVE_TEST(LiveFeatures, AllowTheBackendThatIsPicked) {
  live::Snapshot before = live::host_snapshot();
  mplan_features *features = nullptr;
  ASSERT_EQ(mplan_features_read(0, &features, nullptr), 0);
  EXPECT_EQ(live::host_snapshot(), before);
  live::mkdirs(path("root"));
  live::Plan plan;
  plan.add(mplan_plan_dir, "/dir", 0755, 0);
  live::Outcome outcome = live::apply(plan, MPLAN_BACKEND_AUTO, path("root"));
  EXPECT_EQ(outcome.result, 0) << outcome.error;
  EXPECT_EQ(outcome.backend, mplan_features_backend(features));
  std::string picked = mplan_backend_name(static_cast<uint32_t>(outcome.backend));
  for (size_t i = 0; i < mplan_features_count(features); i++) {
    mplan_feature feature;
    ASSERT_EQ(mplan_features_get(features, i, &feature, sizeof feature), 0);
    EXPECT_TRUE(feature.error == 0 || std::string(feature.needed).find(picked) == std::string::npos)
        << feature.name << ' ' << feature.error;
  }
  mplan_features_free(features);
}
