// SPDX-License-Identifier: MIT
// In place: ops land in a tree of the caller. What was made there is told, and a failure leaves no trace of any op before it.
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "live/plan_world.hpp"

using live::everywhere;
using live::fails_everywhere;
using live::mount_at;
using live::path;
using live::Plan;

namespace {

// A tree with a directory, a file, a link and a mount of its own at /mount.
void furnish(const std::string &root) {
  live::mkdirs(root + "/dir");
  live::write_file(root + "/file", "text");
  live::symlink("dir", root + "/link");
  live::mount_tmpfs(root + "/mount", "mode=0711");
  live::write_file(root + "/mount/file", "text");
}

void make_sources() {
  live::write_file(path("source/file"), "text");
  live::write_file(path("layer/file"), "text");
  live::write_file(path("host/usr/file"), "text");
  live::symlink("usr", path("host/bin"));
  live::write_file(path("host-etc/hosts"), "text");
}

struct Named {
  const char *name;
  std::function<void(Plan &)> add;
};

const Named ops[] = {
    {"bind", [](Plan &p) { p.add(mplan_plan_bind, path("source"), "/dir", 0); }},
    {"bind that makes its mount point", [](Plan &p) { p.add(mplan_plan_bind, path("source"), "/new/a/b", 0); }},
    {"bind of a file that makes its mount point", [](Plan &p) { p.add(mplan_plan_bind, path("source/file"), "/new/file", 0); }},
    {"bind with ensure", [](Plan &p) { p.add(mplan_plan_bind, path("ensured/a"), "/dir", MPLAN_BIND_ENSURE); }},
    {"remount", [](Plan &p) { p.add(mplan_plan_remount, "/mount", 0); }},
    {"remount with attributes",
     [](Plan &p) {
       int op = p.add(mplan_plan_remount, "/mount", MPLAN_BIND_WRITABLE);
       p.add(mplan_op_set_attrs, op, MPLAN_ATTR_NOEXEC | MPLAN_ATTR_NOATIME | MPLAN_ATTR_NODIRATIME | MPLAN_ATTR_NOSYMFOLLOW, 0);
     }},
    {"tmpfs", [](Plan &p) { p.add(mplan_plan_tmpfs, "/mount", 0, 0755, 0); }},
    {"proc", [](Plan &p) { p.add(mplan_plan_proc, "/dir", 0); }},
    {"sysfs", [](Plan &p) { p.add(mplan_plan_sysfs, "/new", 0); }},
    {"devpts", [](Plan &p) { p.add(mplan_plan_devpts, "/dir", 0); }},
    {"mqueue", [](Plan &p) { p.add(mplan_plan_mqueue, "/dir", 0); }},
    {"ramfs", [](Plan &p) { p.add(mplan_plan_ramfs, "/dir", 0); }},
    {"dev", [](Plan &p) { p.add(mplan_plan_dev, "/dir", MPLAN_DEV_MQUEUE); }},
    {"ephemeral overlay",
     [](Plan &p) { p.add(mplan_op_add_layer, p.add(mplan_plan_overlay, "/dir", MPLAN_OVERLAY_EPHEMERAL), path("layer")); }},
    {"read-only overlay",
     [](Plan &p) {
       int op = p.add(mplan_plan_overlay, "/new/overlay", MPLAN_OVERLAY_READONLY);
       p.add(mplan_op_add_layer, op, path("layer"));
       p.add(mplan_op_add_layer, op, path("source"));
     }},
    {"dir", [](Plan &p) { p.add(mplan_plan_dir, "/new/a/b", 0711, 0); }},
    {"file", [](Plan &p) { p.add(mplan_plan_file, "/file", "x", size_t{1}, 0444, 0); }},
    {"file that makes its mount point", [](Plan &p) { p.add(mplan_plan_file, "/new/file", "x", size_t{1}, 0444, 0); }},
    {"copied file", [](Plan &p) { p.add(mplan_plan_file, "/new/file", "x", size_t{1}, 0444, MPLAN_FILE_COPY); }},
    {"symlink", [](Plan &p) { p.add(mplan_plan_symlink, "text", "/new/link", 0); }},
    {"symlink that is there", [](Plan &p) { p.add(mplan_plan_symlink, "dir", "/link", 0); }},
    {"chmod", [](Plan &p) { p.add(mplan_plan_chmod, "/file", 0600, 0); }},
    {"chmod of the root", [](Plan &p) { p.add(mplan_plan_chmod, "/", 0700, 0); }},
    {"mask of a file", [](Plan &p) { p.add(mplan_plan_mask, "/file", 0); }},
    {"mask of a directory", [](Plan &p) { p.add(mplan_plan_mask, "/dir", 0); }},
    {"move", [](Plan &p) { p.add(mplan_plan_move, "/mount", "/new/place", 0); }},
    {"root", [](Plan &p) { p.add(mplan_plan_root, path("host"), 0); }},
    {"etc", [](Plan &p) { p.add(mplan_plan_etc, path("host-etc"), "prefix", 0); }},
};

std::vector<Named> possible_ops() {
  bool overlays = live::can_mount_overlay();
  std::vector<Named> out;
  std::copy_if(std::begin(ops), std::end(ops), std::back_inserter(out),
               [&](const Named &op) { return overlays || std::string(op.name).find("overlay") == std::string::npos; });
  return out;
}

}  // namespace

LIVE_TEST(LiveInPlace, EveryOpIsTakenBackWhenTheLastOneFails) {
  make_sources();
  for (const Named &op : possible_ops()) {
    SCOPED_TRACE(op.name);
    fails_everywhere(
        [&](Plan &plan) {
          plan.add(mplan_plan_set_flags, MPLAN_PLAN_CREATE);
          op.add(plan);
          plan.add(mplan_plan_unmount, "/missing", 0);
        },
        [](const live::Error &error, uint32_t) {
          EXPECT_EQ(error.op, 1);
          EXPECT_EQ(error.error, ENOENT);
        },
        live::in_place(furnish));
  }
}

LIVE_TEST(LiveInPlace, AllOpsTogetherAreTakenBackWhenTheLastOneFails) {
  make_sources();
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_set_flags, MPLAN_PLAN_CREATE);
        plan.add(mplan_plan_root, path("host"), 0);
        plan.add(mplan_plan_bind, path("source"), "/dir", 0);
        plan.add(mplan_plan_tmpfs, "/tmp", 0, 01777, 0);
        plan.add(mplan_plan_dir, "/tmp/below", 0755, 0);
        plan.add(mplan_plan_tmpfs, "/tmp/below", 0, 01777, 0);
        plan.add(mplan_plan_dev, "/dev", 0);
        plan.add(mplan_plan_chmod, "/file", 0600, 0);
        plan.add(mplan_plan_mask, "/file", 0);
        plan.add(mplan_plan_remount, "/mount", 0);
        plan.add(mplan_plan_move, "/mount", "/moved", 0);
        plan.add(mplan_plan_unmount, "/missing", 0);
      },
      [](const live::Error &error, uint32_t) { EXPECT_EQ(error.op, 10); }, live::in_place(furnish));
}

LIVE_TEST(LiveInPlace, EveryOpWorks) {
  make_sources();
  for (const Named &op : possible_ops()) {
    SCOPED_TRACE(op.name);
    everywhere(
        [&](Plan &plan) {
          plan.add(mplan_plan_set_flags, MPLAN_PLAN_CREATE);
          op.add(plan);
        },
        [](const std::string &root) { EXPECT_EQ(live::link_text(root + "/link"), "dir"); }, live::in_place(furnish));
  }
}

LIVE_TEST(LiveInPlace, WhatWasMadeInTheTreeIsTold) {
  make_sources();
  for (uint32_t backend : live::backends()) {
    live::mount_tmpfs(path("root"));
    Plan plan;
    plan.add(mplan_plan_set_flags, MPLAN_PLAN_CREATE);
    plan.add(mplan_plan_bind, path("source"), "/a/b", 0);
    plan.add(mplan_plan_bind, path("source/file"), "/a/file", 0);
    plan.add(mplan_plan_dir, "/dir", 0755, 0);
    plan.add(mplan_plan_symlink, "text", "/dir/link", 0);
    plan.add(mplan_plan_file, "/dir/copy", "x", size_t{1}, 0644, MPLAN_FILE_COPY);
    plan.add(mplan_plan_tmpfs, "/dir/tmp", 0, 0755, 0);
    plan.add(mplan_plan_dir, "/dir/tmp/not-told", 0755, 0);
    live::Outcome outcome = live::apply(plan, backend, path("root"), MPLAN_PREPARE_IN_PLACE);
    ASSERT_EQ(outcome.result, 0) << outcome.error;
    EXPECT_EQ(outcome.created, (std::vector<std::string>{"/a", "/a/b", "/a/file", "/dir", "/dir/link", "/dir/copy", "/dir/tmp"}));
    ASSERT_EQ(umount2(path("root").c_str(), MNT_DETACH), 0);
  }
}

LIVE_TEST(LiveInPlace, NothingIsMadeInTheTreeUnlessThePlanMay) {
  make_sources();
  fails_everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("source"), "/missing", 0); },
                   [](const live::Error &error, uint32_t) {
                     EXPECT_EQ(error.kind, MPLAN_ERROR_SAFETY);
                     EXPECT_EQ(error.error, ENOENT);
                     EXPECT_EQ(error.target, "/missing");
                   },
                   live::in_place(furnish));
}

LIVE_TEST(LiveInPlace, OpsThatCanNotBeTakenBackMustBeTheLast) {
  const Named final_ops[] = {
      {"unmount", [](Plan &p) { p.add(mplan_plan_unmount, "/mount", 0); }},
      {"propagation", [](Plan &p) { p.add(mplan_plan_propagation, "/mount", MPLAN_PROPAGATION_SHARED); }},
      {"recursive remount", [](Plan &p) { p.add(mplan_plan_remount, "/mount", MPLAN_BIND_RECURSIVE); }},
  };
  for (const Named &op : final_ops) {
    SCOPED_TRACE(op.name);
    fails_everywhere(
        [&](Plan &plan) {
          op.add(plan);
          plan.add(mplan_plan_tmpfs, "/dir", 0, 0755, 0);
        },
        [](const live::Error &error, uint32_t) {
          EXPECT_EQ(error.kind, MPLAN_ERROR_UNSUPPORTED);
          EXPECT_EQ(error.error, EOPNOTSUPP);
          EXPECT_EQ(error.stage, MPLAN_STAGE_PREPARE);
          EXPECT_EQ(error.op, 0);
        },
        live::in_place(furnish));
    everywhere(
        [&](Plan &plan) {
          plan.add(mplan_plan_tmpfs, "/dir", 0, 0755, 0);
          op.add(plan);
        },
        [](const std::string &root) { EXPECT_TRUE(mount_at(root + "/dir").has_value()); }, live::in_place(furnish));
  }
}

LIVE_TEST(LiveInPlace, AnOpAtTheRootIsRefused) {
  make_sources();
  fails_everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("source"), "/", 0); },
                   [](const live::Error &error, uint32_t) {
                     EXPECT_EQ(error.kind, MPLAN_ERROR_VALIDATION);
                     EXPECT_EQ(error.op, 0);
                   },
                   live::in_place(furnish));
}

LIVE_TEST(LiveInPlace, OfTheRootOfTheProcessLandsInIt) {
  live::mount_tmpfs(path("world"), "mode=0755");
  live::write_file(path("world/source/file"), "text");
  live::mkdirs(path("world/target"));
  live::write_file(path("world/target-file"), "old");
  live::mkdirs(path("world/proc"));
  live::mount_bind("/proc", path("world/proc"), true);
  ASSERT_EQ(chroot(path("world").c_str()), 0);
  ASSERT_EQ(chdir("/"), 0);
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    std::string before = live::host_snapshot().mountinfo;
    Plan plan;
    plan.add(mplan_plan_bind, "/source", "/target", 0);
    plan.add(mplan_plan_file, "/target-file", "new", size_t{3}, 0444, 0);
    live::Outcome outcome = live::apply(plan, backend, "/", MPLAN_PREPARE_IN_PLACE);
    ASSERT_EQ(outcome.result, 0) << outcome.error;
    EXPECT_EQ(live::read_file("/target/file"), "text");
    EXPECT_EQ(live::read_file("/target-file"), "new");
    ASSERT_EQ(umount2("/target", 0), 0);
    ASSERT_EQ(umount2("/target-file", 0), 0);
    EXPECT_EQ(live::host_snapshot().mountinfo, before);
    std::set<std::string> names;
    for (const auto &entry : std::filesystem::directory_iterator("/")) {
      names.insert(entry.path().filename());
    }
    EXPECT_EQ(names, (std::set<std::string>{"proc", "source", "target", "target-file"}));
  }
}
