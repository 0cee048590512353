// SPDX-License-Identifier: MIT
// Symbolic links as the last component of a target: refused, followed inside the root, or mounted on. And roots that are links.
#include <fcntl.h>

#include <cerrno>

#include "live/plan_world.hpp"

using live::everywhere;
using live::fails_everywhere;
using live::path;
using live::Plan;

namespace {

constexpr const char *refused = "the target is a symbolic link, and the op does not follow links";

// A plan in whose root /link leads to /real, a directory, and /file-link to /real/file.
void make_links(Plan &plan) {
  plan.add(mplan_plan_dir, "/real", 0755, 0);
  plan.add(mplan_plan_file, "/real/file", "old", size_t{3}, 0644, MPLAN_FILE_COPY);
  plan.add(mplan_plan_symlink, "real", "/link", 0);
  plan.add(mplan_plan_symlink, "/real/file", "/file-link", 0);
}

int add_op(Plan &plan, const std::string &what) {
  if (what == "bind") {
    return plan.add(mplan_plan_bind, path("source"), "/link", 0);
  }
  if (what == "bind a file") {
    return plan.add(mplan_plan_bind, path("source/file"), "/file-link", 0);
  }
  if (what == "tmpfs") {
    return plan.add(mplan_plan_tmpfs, "/link", 0, 0755, 0);
  }
  return plan.add(mplan_plan_mask, what == "mask a file" ? "/file-link" : "/link", 0);
}

const std::vector<std::string> ops = {"bind", "bind a file", "tmpfs", "mask", "mask a file"};

}  // namespace

LIVE_TEST(LiveSymlinks, AreRefusedByDefault) {
  live::write_file(path("source/file"), "new");
  for (const std::string &what : ops) {
    SCOPED_TRACE(what);
    fails_everywhere(
        [&](Plan &plan) {
          make_links(plan);
          add_op(plan, what);
        },
        [](const live::Error &error, uint32_t) {
          EXPECT_EQ(error.kind, MPLAN_ERROR_SAFETY);
          EXPECT_EQ(error.error, ELOOP);
          EXPECT_EQ(error.op, 4);
          EXPECT_EQ(error.detail, refused);
        });
  }
}

LIVE_TEST(LiveSymlinks, AreFollowedInsideTheRoot) {
  live::write_file(path("source/file"), "new");
  for (const std::string &what : ops) {
    SCOPED_TRACE(what);
    everywhere(
        [&](Plan &plan) {
          make_links(plan);
          plan.add(mplan_op_set_symlinks, add_op(plan, what), MPLAN_SYMLINK_FOLLOW);
        },
        [&](const std::string &root) {
          std::string at = root + (what.find("file") != std::string::npos ? "/real/file" : "/real");
          EXPECT_TRUE(live::mount_at(at).has_value());
          EXPECT_EQ(live::link_text(root + "/link"), "real");
        });
  }
}

LIVE_TEST(LiveSymlinks, AreMountedOnThemselves) {
  live::write_file(path("source/file"), "new");
  for (const char *what : {"bind a file", "mask a file"}) {
    SCOPED_TRACE(what);
    everywhere(
        [&](Plan &plan) {
          make_links(plan);
          plan.add(mplan_op_set_symlinks, add_op(plan, what), MPLAN_SYMLINK_MOUNT_ON);
        },
        [](const std::string &root) {
          EXPECT_TRUE(live::mount_at(root + "/file-link").has_value());
          EXPECT_EQ(live::read_file(root + "/real/file"), "old");
        },
        {.except = MPLAN_BACKEND_CLASSIC});
  }
}

LIVE_TEST(LiveSymlinks, MountingOnThemIsUnsupportedByTheClassicBackendAtPrepare) {
  live::write_file(path("source/file"), "new");
  live::mkdirs(path("root"));
  Plan plan;
  int op = plan.add(mplan_plan_bind, path("source/file"), "/link", 0);
  plan.add(mplan_op_set_symlinks, op, MPLAN_SYMLINK_MOUNT_ON);
  live::Outcome outcome = live::apply(plan, MPLAN_BACKEND_CLASSIC, path("root"));
  EXPECT_EQ(outcome.result, -EOPNOTSUPP);
  EXPECT_EQ(outcome.error.kind, MPLAN_ERROR_UNSUPPORTED);
  EXPECT_EQ(outcome.error.stage, MPLAN_STAGE_PREPARE);
}

LIVE_TEST(LiveSymlinks, ADirectoryIsNotMountedOnALink) {
  live::mkdirs(path("source"));
  for (uint32_t backend : live::backends()) {
    if (backend == MPLAN_BACKEND_CLASSIC) {
      continue;  // refused at prepare
    }
    live::mkdirs(path("root"));
    Plan plan;
    make_links(plan);
    plan.add(mplan_op_set_symlinks, add_op(plan, "bind"), MPLAN_SYMLINK_MOUNT_ON);
    EXPECT_EQ(live::apply(plan, backend, path("root")).result, -ELOOP);
  }
}

LIVE_TEST(LiveSymlinks, ThatLeadNowhereAreAnErrorNotANewFile) {
  live::write_file(path("source/file"), "new");
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_symlink, "/nowhere", "/link", 0);
        int op = plan.add(mplan_plan_bind, path("source/file"), "/link", 0);
        plan.add(mplan_op_set_symlinks, op, MPLAN_SYMLINK_FOLLOW);
      },
      [](const live::Error &error, uint32_t) { EXPECT_EQ(error.op, 1); });
}

LIVE_TEST(LiveSymlinks, ThatLeadToTheRootAreNoPlaceForAMount) {
  live::mkdirs(path("source"));
  auto build = [](Plan &plan) {
    plan.add(mplan_plan_symlink, "..", "/link", 0);
    plan.add(mplan_op_set_symlinks, plan.add(mplan_plan_bind, path("source"), "/link", 0), MPLAN_SYMLINK_FOLLOW);
  };
  auto look = [](const live::Error &error, uint32_t) {
    EXPECT_EQ(error.error, EINVAL);
    EXPECT_EQ(error.op, 1);
    EXPECT_EQ(error.detail, "the link at the target leads to the root, and all that is in it would be covered");
  };
  fails_everywhere(build, look);
  auto mask = [](Plan &plan) {
    plan.add(mplan_plan_symlink, "/", "/link", 0);
    plan.add(mplan_op_set_symlinks, plan.add(mplan_plan_mask, "/link", 0), MPLAN_SYMLINK_FOLLOW);
  };
  fails_everywhere(mask, look);
  fails_everywhere([](Plan &plan) { plan.add(mplan_op_set_symlinks, plan.add(mplan_plan_mask, "/link", 0), MPLAN_SYMLINK_FOLLOW); },
                   [](const live::Error &error, uint32_t) { EXPECT_EQ(error.error, EINVAL); },
                   live::in_place([](const std::string &root) { live::symlink("/", root + "/link"); }));
}

LIVE_TEST(LiveSymlinks, InParentsAreFollowedInsideTheRoot) {
  live::write_file(path("source/file"), "new");
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_dir, "/run", 0755, 0);
        plan.add(mplan_plan_symlink, "/run", "/var/run", 0);
        plan.add(mplan_plan_symlink, "../../../run", "/var/deep/run", 0);
        plan.add(mplan_plan_bind, path("source"), "/var/run/a", 0);
        plan.add(mplan_plan_bind, path("source"), "/var/deep/run/b/c", 0);
      },
      [](const std::string &root) {
        EXPECT_EQ(live::read_file(root + "/run/a/file"), "new");
        EXPECT_EQ(live::read_file(root + "/run/b/c/file"), "new");
      });
}

LIVE_TEST(LiveSymlinks, AsTheRootAreRefused) {
  live::mkdirs(path("real"));
  live::symlink("real", path("link"));
  for (uint64_t flags : {0, static_cast<int>(MPLAN_PREPARE_IN_PLACE)}) {
    for (uint32_t backend : live::backends()) {
      Plan plan;
      plan.add(mplan_plan_mask, "/missing", 0);
      live::Outcome outcome = live::apply(plan, backend, path("link"), flags);
      EXPECT_EQ(outcome.error,
                (live::Error{.kind = MPLAN_ERROR_SAFETY,
                             .error = ELOOP,
                             .stage = MPLAN_STAGE_PREPARE,
                             .path = path("link"),
                             .message = "Too many levels of symbolic links (the root is a symbolic link, which is not followed)",
                             .detail = "the root is a symbolic link, which is not followed"}));
    }
  }
}

LIVE_TEST(LiveSymlinks, MagicLinksInParentsAreRefused) {
  live::write_file(path("outside/file"), "text");
  live::OpenFd outside(path("outside"), O_PATH);
  for (const std::string &target :
       {std::string("/proc/self/root/new"), std::string("/proc/self/cwd/new"), "/proc/self/fd/" + std::to_string(outside.get()) + "/new"}) {
    SCOPED_TRACE(target);
    fails_everywhere(
        [&](Plan &plan) {
          plan.add(mplan_plan_proc, "/proc", 0);
          plan.add(mplan_plan_tmpfs, target, 0, 0755, 0);
        },
        [](const live::Error &error, uint32_t) {
          EXPECT_EQ(error.error, ELOOP);
          EXPECT_EQ(error.op, 1);
        });
  }
}
