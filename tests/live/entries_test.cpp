// SPDX-License-Identifier: MIT
// Entries that are no mounts: dir, symlink, chmod.
#include <sys/stat.h>

#include <cerrno>

#include "live/plan_world.hpp"

using live::everywhere;
using live::fails_everywhere;
using live::path;
using live::Plan;

LIVE_TEST(LiveDir, HasTheModeAndItsParentsHave0755) {
  umask(077);
  everywhere([](Plan &plan) { plan.add(mplan_plan_dir, "/a/b/dir", 01770, 0); },
             [](const std::string &root) {
               EXPECT_EQ(live::mode_of(root + "/a"), 0755u);
               EXPECT_EQ(live::mode_of(root + "/a/b"), 0755u);
               EXPECT_EQ(live::mode_of(root + "/a/b/dir"), 01770u);
             });
}

LIVE_TEST(LiveDir, ThatIsThereStaysAsItIs) {
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_dir, "/dir", 0700, 0);
        plan.add(mplan_plan_dir, "/dir", 0755, 0);
        plan.add(mplan_plan_dir, "/dir/below", 0711, 0);
      },
      [](const std::string &root) {
        EXPECT_EQ(live::mode_of(root + "/dir"), 0700u);
        EXPECT_EQ(live::mode_of(root + "/dir/below"), 0711u);
      });
}

LIVE_TEST(LiveDir, OverAFileIsAnError) {
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_file, "/file", "x", size_t{1}, 0644, MPLAN_FILE_COPY);
        plan.add(mplan_plan_dir, "/file", 0755, 0);
      },
      [](const live::Error &error, uint32_t) {
        EXPECT_EQ(error.error, ENOTDIR);
        EXPECT_EQ(error.op, 1);
      });
}

LIVE_TEST(LiveDir, InATreeOfTheCallerIsMadeOnlyWhenThePlanMay) {
  live::mkdirs(path("source"));
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_bind, path("source"), "/target", MPLAN_BIND_WRITABLE);
        plan.add(mplan_plan_dir, "/target/dir", 0755, 0);
      },
      [](const live::Error &error, uint32_t) { EXPECT_EQ(error.kind, MPLAN_ERROR_SAFETY); });
}

LIVE_TEST(LiveSymlink, HasTheText) {
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_symlink, "../any text: %s", "/a/link", 0);
        plan.add(mplan_plan_symlink, "/proc/self/fd", "/fd", 0);
      },
      [](const std::string &root) {
        EXPECT_EQ(live::link_text(root + "/a/link"), "../any text: %s");
        EXPECT_EQ(live::link_text(root + "/fd"), "/proc/self/fd");
        EXPECT_EQ(live::mode_of(root + "/a"), 0755u);
      });
}

LIVE_TEST(LiveSymlink, ThatIsThereWithTheSameTextIsFine) {
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_symlink, "text", "/link", 0);
        plan.add(mplan_plan_symlink, "text", "/link", 0);
      },
      [](const std::string &root) { EXPECT_EQ(live::link_text(root + "/link"), "text"); });
}

LIVE_TEST(LiveSymlink, ThatIsThereWithAnotherTextIsAnErrorNamingBoth) {
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_symlink, "first", "/link", 0);
        plan.add(mplan_plan_symlink, "second", "/link", 0);
      },
      [](const live::Error &error, uint32_t) {
        EXPECT_EQ(error.error, EEXIST);
        EXPECT_EQ(error.op, 1);
        EXPECT_NE(error.detail.find("\"first\""), std::string::npos) << error;
        EXPECT_NE(error.detail.find("\"second\""), std::string::npos) << error;
      });
}

LIVE_TEST(LiveSymlink, OverADirectoryIsAnError) {
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_dir, "/dir", 0755, 0);
        plan.add(mplan_plan_symlink, "text", "/dir", 0);
      },
      [](const live::Error &error, uint32_t) { EXPECT_EQ(error.error, EEXIST); });
}

LIVE_TEST(LiveSymlink, DereferenceTakesTheTextOfTheHostsLink) {
  live::symlink("where it leads", path("host-link"));
  everywhere([](Plan &plan) { plan.add(mplan_plan_symlink, path("host-link"), "/link", MPLAN_SYMLINK_DEREFERENCE); },
             [](const std::string &root) { EXPECT_EQ(live::link_text(root + "/link"), "where it leads"); });
}

LIVE_TEST(LiveSymlink, DereferenceOfWhatIsNoLinkIsAnErrorOfPrepare) {
  live::write_file(path("file"), "text");
  fails_everywhere([](Plan &plan) { plan.add(mplan_plan_symlink, path("file"), "/link", MPLAN_SYMLINK_DEREFERENCE); },
                   [](const live::Error &error, uint32_t) {
                     EXPECT_EQ(error.error, EINVAL);
                     EXPECT_EQ(error.call, "readlinkat");
                     EXPECT_EQ(error.stage, MPLAN_STAGE_PREPARE);
                     EXPECT_EQ(error.op, 0);
                   });
}

LIVE_TEST(LiveChmod, SetsTheModeOfWhatIsOurs) {
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_dir, "/dir", 0755, 0);
        plan.add(mplan_plan_file, "/file", "x", size_t{1}, 0644, MPLAN_FILE_COPY);
        plan.add(mplan_plan_tmpfs, "/tmp", 0, 0755, 0);
        plan.add(mplan_plan_chmod, "/dir", 0711, 0);
        plan.add(mplan_plan_chmod, "/file", 04751, 0);
        plan.add(mplan_plan_chmod, "/tmp", 01777, 0);
        plan.add(mplan_plan_chmod, "/", 0710, 0);
      },
      [](const std::string &root) {
        EXPECT_EQ(live::mode_of(root + "/dir"), 0711u);
        EXPECT_EQ(live::mode_of(root + "/file"), 04751u);
        EXPECT_EQ(live::mode_of(root + "/tmp"), 01777u);
        EXPECT_EQ(live::mode_of(root), 0710u);
      });
}

LIVE_TEST(LiveChmod, OfATreeOfTheCallerIsRefused) {
  live::write_file(path("source/file"), "text");
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_bind, path("source"), "/target", MPLAN_BIND_WRITABLE);
        plan.add(mplan_plan_chmod, "/target/file", 0600, 0);
      },
      [](const live::Error &error, uint32_t) {
        EXPECT_EQ(error.kind, MPLAN_ERROR_SAFETY);
        EXPECT_EQ(error.error, EACCES);
      });
}

LIVE_TEST(LiveChmod, OfATreeOfTheCallerWorksWhenThePlanMay) {
  live::write_file(path("source/file"), "text");
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_set_flags, MPLAN_PLAN_CREATE);
        plan.add(mplan_plan_bind, path("source"), "/target", MPLAN_BIND_WRITABLE);
        plan.add(mplan_plan_chmod, "/target/file", 0640, 0);
      },
      [](const std::string &) { EXPECT_EQ(live::mode_of(path("source/file")), 0640u); });
}

LIVE_TEST(LiveChmod, DoesNotFollowALink) {
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_dir, "/dir", 0755, 0);
        plan.add(mplan_plan_symlink, "dir", "/link", 0);
        plan.add(mplan_plan_chmod, "/link", 0700, 0);
      },
      [](const live::Error &error, uint32_t) { EXPECT_EQ(error.error, ELOOP); });
}

LIVE_TEST(LiveChmod, FollowsALinkWhenAskedTo) {
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_dir, "/dir", 0755, 0);
        plan.add(mplan_plan_symlink, "dir", "/link", 0);
        int op = plan.add(mplan_plan_chmod, "/link", 0700, 0);
        plan.add(mplan_op_set_symlinks, op, MPLAN_SYMLINK_FOLLOW);
      },
      [](const std::string &root) { EXPECT_EQ(live::mode_of(root + "/dir"), 0700u); });
}

LIVE_TEST(LiveChmod, OfWhatIsMissingIsAnError) {
  fails_everywhere([](Plan &plan) { plan.add(mplan_plan_chmod, "/missing", 0700, 0); },
                   [](const live::Error &error, uint32_t) { EXPECT_EQ(error.error, ENOENT); });
}
