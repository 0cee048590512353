// SPDX-License-Identifier: MIT
// A fresh root: what it covers, what the host sees of it, and what becomes of it when something fails.
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>

#include "live/plan_world.hpp"

using live::everywhere;
using live::fails_everywhere;
using live::mount_at;
using live::OpenFd;
using live::path;
using live::Plan;

namespace {

void make_shared(const std::string &root) {
  live::mount_tmpfs(root, "mode=0755");
  live::set_propagation(root, MS_SHARED);
}

mplan_prepared *prepare(const Plan &plan, const mplan_prepare_args &args) {
  mplan_prepared *prepared = nullptr;
  mplan_error *error = nullptr;
  EXPECT_EQ(mplan_prepare(plan.get(), &args, sizeof args, &prepared, &error), 0) << mplan_error_message(error);
  return prepared;
}

mplan_prepared *prepare(const Plan &plan, uint32_t backend, const std::string &root) {
  mplan_prepare_args args{};
  args.backend = backend;
  args.root = root.c_str();
  return prepare(plan, args);
}

}  // namespace

LIVE_TEST(LiveFresh, CoversWhatWasThere) {
  everywhere([](Plan &plan) { plan.add(mplan_plan_dir, "/new", 0755, 0); },
             [](const std::string &root) {
               EXPECT_FALSE(live::exists(root + "/old"));
               EXPECT_TRUE(live::exists(root + "/new"));
               EXPECT_EQ(live::mode_of(root), 0755u);
               EXPECT_EQ(mount_at(root)->source, "rootfs");
               EXPECT_EQ(mount_at(root)->options, "rw,nosuid,nodev,relatime");
             },
             {.furnish = [](const std::string &root) { live::write_file(root + "/old", "text"); }});
  EXPECT_EQ(live::read_file(path("root/old")), "text");
}

LIVE_TEST(LiveFresh, IsOneMoreMountForEachThatThePlanMakes) {
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_tmpfs, "/tmp", 0, 0755, 0);
        plan.add(mplan_plan_file, "/file", "x", size_t{1}, 0444, 0);
      },
      [](const std::string &root) { EXPECT_EQ(live::mounts_below(root).size(), 3u); });
}

LIVE_TEST(LiveFresh, OverASharedMountIsPrivate) {
  live::mkdirs(path("source"));
  live::mount_tmpfs(path("source"));
  live::set_propagation(path("source"), MS_SHARED);
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_bind, path("source"), "/target", 0);
        plan.add(mplan_plan_tmpfs, "/tmp", 0, 0755, 0);
        plan.add(mplan_plan_dev, "/dev", 0);
      },
      [](const std::string &root) {
        for (const live::Mount &mount : live::mounts_below(root)) {
          if (mount.parent != mount_at(path(""))->id && mount.type == "tmpfs" && mount.source == "tmpfs" && mount.point == root) {
            continue;  // the caller's own, beneath
          }
          EXPECT_EQ(mount.optional, "") << mount;
        }
      },
      {.furnish = make_shared});
}

LIVE_TEST(LiveFresh, OverASharedMountLeavesNothingWhenItFails) {
  live::mkdirs(path("peer"));
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_tmpfs, "/tmp", 0, 0755, 0);
        plan.add(mplan_plan_file, "/file", "x", size_t{1}, 0444, 0);
        plan.add(mplan_plan_unmount, "/missing", 0);
      },
      [](const live::Error &error, uint32_t) { EXPECT_EQ(error.op, 2); }, {.furnish = [](const std::string &root) {
        make_shared(root);
        if (!mount_at(path("peer"))) {
          live::mount_tmpfs(path("peer"));
        }
        live::mount_bind(root, path("peer"));
      }});
}

LIVE_TEST(LiveFresh, IsBuiltInTheDirectoryOfADescriptorWhateverItsName) {
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    live::mkdirs(path("first"));
    OpenFd root(path("first"), O_PATH | O_DIRECTORY);
    ASSERT_EQ(rename(path("first").c_str(), path("second").c_str()), 0);
    Plan plan;
    plan.add(mplan_plan_dir, "/dir", 0755, 0);
    mplan_prepare_args args{};
    args.backend = backend;
    args.root_fd = root.get();
    args.has_root_fd = 1;
    mplan_prepared *prepared = prepare(plan, args);
    EXPECT_EQ(mplan_apply(prepared, nullptr), 0);
    mplan_prepared_free(prepared);
    EXPECT_TRUE(live::exists(path("second/dir")));
    ASSERT_EQ(umount2(path("second").c_str(), MNT_DETACH), 0);
  }
}

LIVE_TEST(LiveFresh, NeedsADirectory) {
  live::write_file(path("file"), "text");
  for (uint32_t backend : live::backends()) {
    Plan plan;
    live::Outcome missing = live::apply(plan, backend, path("missing"));
    EXPECT_EQ(missing.error.message, "openat " + path("missing") + ": No such file or directory");
    EXPECT_EQ(missing.error.stage, MPLAN_STAGE_PREPARE);
    live::Outcome file = live::apply(plan, backend, path("file"));
    EXPECT_EQ(file.result, -ENOTDIR);
    EXPECT_EQ(file.error.path, path("file"));
  }
}

LIVE_TEST(LiveFresh, OverADirectoryThatIsGoneByThenIsAnError) {
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    live::mkdirs(path("gone"));
    Plan plan;
    plan.add(mplan_plan_dir, "/dir", 0755, 0);
    std::string gone = path("gone");
    mplan_prepared *prepared = prepare(plan, backend, gone);
    ASSERT_EQ(rmdir(gone.c_str()), 0);
    live::Snapshot before = live::host_snapshot();
    mplan_error *error = nullptr;
    EXPECT_EQ(mplan_apply(prepared, &error), -ENOENT);
    mplan_error_free(error);
    std::string after = live::host_snapshot().mountinfo;
    EXPECT_EQ(after, before.mountinfo);
    mplan_prepared_free(prepared);
  }
}

LIVE_TEST(LiveFresh, IsAppliedOnce) {
  live::mkdirs(path("root"));
  Plan plan;
  std::string root = path("root");
  mplan_prepared *prepared = prepare(plan, MPLAN_BACKEND_AUTO, root);
  EXPECT_EQ(mplan_apply(prepared, nullptr), 0);
  mplan_error *error = nullptr;
  EXPECT_EQ(mplan_apply(prepared, &error), -EALREADY);
  EXPECT_EQ(live::take(error).kind, MPLAN_ERROR_STATE);
  mplan_prepared_free(prepared);
}

LIVE_TEST(LiveFresh, WorksAfterAFailure) {
  live::write_file(path("source/file"), "text");
  live::mkdirs(path("root"));
  for (uint32_t backend : live::backends()) {
    Plan plan;
    plan.add(mplan_plan_bind, path("source"), "/target", 0);
    int last = plan.add(mplan_plan_tmpfs, "/target/missing", 0, 0755, 0);
    EXPECT_EQ(live::apply(plan, backend, path("root")).error.op, last);
    live::mkdirs(path("source/missing"));
    EXPECT_EQ(live::apply(plan, backend, path("root")).result, 0);
    ASSERT_EQ(umount2(path("root").c_str(), MNT_DETACH), 0);
    ASSERT_EQ(rmdir(path("source/missing").c_str()), 0);
  }
}

LIVE_TEST(LiveFresh, NeedsNoPlanAnyMoreOnceItIsPrepared) {
  live::write_file(path("source/file"), "text");
  live::mkdirs(path("root"));
  std::string root = path("root");
  mplan_prepared *prepared = nullptr;
  {
    Plan plan;
    std::string content = "content";
    OpenFd data(path("source/file"), O_RDONLY);
    plan.add(mplan_plan_file, "/bytes", content.data(), content.size(), 0444, 0);
    plan.add(mplan_plan_file_fd, data.get(), "/descriptor", 0444, 0);
    plan.add(mplan_plan_bind, path("source"), "/source", 0);
    prepared = prepare(plan, MPLAN_BACKEND_AUTO, root);
  }
  mplan_error *error = nullptr;
  EXPECT_EQ(mplan_apply(prepared, &error), 0) << mplan_error_message(error);
  mplan_prepared_free(prepared);
  EXPECT_EQ(live::read_file(root + "/bytes"), "content");
  EXPECT_EQ(live::read_file(root + "/descriptor"), "text");
}

LIVE_TEST(LiveFresh, SourceIsTheOneThatWasThereAtPrepare) {
  live::write_file(path("source/file"), "first");
  live::mkdirs(path("root"));
  std::string root = path("root");
  Plan plan;
  plan.add(mplan_plan_bind, path("source"), "/target", 0);
  mplan_prepared *prepared = prepare(plan, MPLAN_BACKEND_AUTO, root);
  ASSERT_EQ(rename(path("source").c_str(), path("renamed").c_str()), 0);
  live::write_file(path("source/file"), "second");
  EXPECT_EQ(mplan_apply(prepared, nullptr), 0);
  mplan_prepared_free(prepared);
  EXPECT_EQ(live::read_file(root + "/target/file"), "first");
}

LIVE_TEST(LiveFresh, FailureTakesBackAMountPointInATreeOfTheCallerThatIsMountedOn) {
  live::mkdirs(path("writable"));
  live::write_file(path("source/file"), "text");
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_set_flags, MPLAN_PLAN_CREATE);
        plan.add(mplan_plan_bind, path("writable"), "/tree", MPLAN_BIND_WRITABLE);
        plan.add(mplan_plan_bind, path("source"), "/tree/directory", 0);
        plan.add(mplan_plan_bind, path("source/file"), "/tree/file", 0);
        plan.add(mplan_plan_symlink, "text", "/tree/directory/refused", 0);
      },
      [](const live::Error &error, uint32_t) { EXPECT_EQ(error.error, EROFS); });
}

LIVE_TEST(LiveFresh, ThatIsAFileIsRefusedTheSameWayByEachBackend) {
  live::write_file(path("file"), "text");
  fails_everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("file"), "/", 0); },
                   [](const live::Error &error, uint32_t) {
                     EXPECT_EQ(error.error, ENOTDIR);
                     EXPECT_EQ(error.kind, MPLAN_ERROR_STATE);
                   });
}

LIVE_TEST(LiveFresh, FailureTakesBackWhatWasMadeInATreeOfTheCallerThatIsReadOnlyByNow) {
  live::mkdirs(path("writable/directory"));
  for (uint64_t recursive : {0, int{MPLAN_BIND_RECURSIVE}}) {
    fails_everywhere(
        [&](Plan &plan) {
          plan.add(mplan_plan_set_flags, MPLAN_PLAN_CREATE);
          plan.add(mplan_plan_bind, path("writable"), "/tree", MPLAN_BIND_WRITABLE);
          plan.add(mplan_plan_dir, "/tree/directory/new", 0755, 0);
          plan.add(mplan_plan_remount, "/tree", recursive);
          plan.add(mplan_plan_dir, "/tree/refused", 0755, 0);
        },
        [](const live::Error &error, uint32_t) { EXPECT_EQ(error.error, EROFS); });
  }
}
