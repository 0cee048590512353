// SPDX-License-Identifier: MIT
// bind: where the source comes from. Paths that may be missing, descriptors, and paths beneath descriptors.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "live/plan_world.hpp"

using live::everywhere;
using live::fails_everywhere;
using live::OpenFd;
using live::path;
using live::Plan;

namespace {

void make_source() {
  live::write_file(path("source/file"), "text");
  live::write_file(path("source/sub/file"), "below");
  live::write_file(path("outside/secret"), "secret");
}

}  // namespace

LIVE_TEST(LiveBindSource, OptionalThatIsMissingSkipsTheOp) {
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("missing"), "/target", MPLAN_BIND_OPTIONAL); },
             [](const std::string &root) { EXPECT_FALSE(live::exists(root + "/target")); });
}

LIVE_TEST(LiveBindSource, OptionalThatIsThereIsBound) {
  make_source();
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("source"), "/target", MPLAN_BIND_OPTIONAL); },
             [](const std::string &root) { EXPECT_EQ(live::read_file(root + "/target/file"), "text"); });
}

LIVE_TEST(LiveBindSource, MissingIsAnErrorOfPrepare) {
  fails_everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("missing"), "/target", 0); },
                   [](const live::Error &error, uint32_t) {
                     EXPECT_EQ(error.kind, MPLAN_ERROR_SYSCALL);
                     EXPECT_EQ(error.stage, MPLAN_STAGE_PREPARE);
                     EXPECT_EQ(error.error, ENOENT);
                     EXPECT_EQ(error.source, path("missing"));
                   });
}

LIVE_TEST(LiveBindSource, EnsureMakesAMissingDirectoryWithMode0700AndTellsIt) {
  for (uint32_t backend : live::backends()) {
    Plan plan;
    plan.add(mplan_plan_bind, path("new/source"), "/target", MPLAN_BIND_ENSURE);
    live::mkdirs(path("root"));
    live::Outcome outcome = live::apply(plan, backend, path("root"));
    EXPECT_EQ(outcome.result, 0) << outcome.error;
    EXPECT_EQ(outcome.created, (std::vector<std::string>{path("new"), path("new/source")}));
    EXPECT_EQ(live::mode_of(path("new")), 0700u);
    EXPECT_EQ(live::mode_of(path("new/source")), 0700u);
    EXPECT_EQ(rmdir(path("new/source").c_str()), 0);
    EXPECT_EQ(rmdir(path("new").c_str()), 0);
  }
}

LIVE_TEST(LiveBindSource, EnsureIsTakenBackWhenALaterOpFailsToPrepare) {
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_bind, path("new/source"), "/target", MPLAN_BIND_ENSURE);
        plan.add(mplan_plan_bind, path("missing"), "/other", 0);
      },
      [](const live::Error &error, uint32_t) { EXPECT_EQ(error.op, 1); });
}

LIVE_TEST(LiveBindSource, EnsureIsTakenBackWhenALaterOpFailsToApply) {
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_bind, path("new/source"), "/target", MPLAN_BIND_ENSURE);
        plan.add(mplan_plan_unmount, "/missing", 0);
      },
      [](const live::Error &error, uint32_t) { EXPECT_EQ(error.op, 1); });
}

LIVE_TEST(LiveBindSource, EnsureDoesNotTouchASourceThatIsThere) {
  make_source();
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("source"), "/target", MPLAN_BIND_ENSURE); },
             [](const std::string &root) { EXPECT_EQ(live::read_file(root + "/target/file"), "text"); });
  EXPECT_EQ(live::mode_of(path("source")), 0755u);
}

LIVE_TEST(LiveBindSource, SymbolicLinksAreFollowedOnTheHost) {
  make_source();
  live::symlink("source", path("link"));
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("link"), "/target", 0); },
             [](const std::string &root) { EXPECT_EQ(live::read_file(root + "/target/file"), "text"); });
}

LIVE_TEST(LiveBindSource, RelativePathIsMeantFromTheWorkingDirectory) {
  make_source();
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, "source/sub", "/target", 0); },
             [](const std::string &root) { EXPECT_EQ(live::read_file(root + "/target/file"), "below"); });
}

LIVE_TEST(LiveBindSource, DescriptorIsBoundWhateverItsNameIsNow) {
  make_source();
  OpenFd source(path("source"), O_PATH);
  rename(path("source").c_str(), path("renamed").c_str());
  live::symlink(path("outside"), path("source"));
  everywhere([&](Plan &plan) { plan.add(mplan_plan_bind_fd, source.get(), "/target", 0); },
             [](const std::string &root) { EXPECT_EQ(live::read_file(root + "/target/file"), "text"); });
}

LIVE_TEST(LiveBindSource, DescriptorOfAFileIsBoundOnAFile) {
  make_source();
  OpenFd source(path("source/file"), O_RDONLY);
  everywhere([&](Plan &plan) { plan.add(mplan_plan_bind_fd, source.get(), "/target", 0); },
             [](const std::string &root) { EXPECT_EQ(live::read_file(root + "/target"), "text"); });
}

LIVE_TEST(LiveBindSource, DescriptorMayBeClosedOnceItIsInThePlan) {
  make_source();
  everywhere(
      [](Plan &plan) {
        OpenFd source(path("source"), O_PATH);
        plan.add(mplan_plan_bind_fd, source.get(), "/target", 0);
      },
      [](const std::string &root) { EXPECT_EQ(live::read_file(root + "/target/file"), "text"); });
}

LIVE_TEST(LiveBindSource, PathBeneathADescriptorIsBound) {
  make_source();
  OpenFd source(path("source"), O_PATH);
  everywhere(
      [&](Plan &plan) {
        int op = plan.add(mplan_plan_bind_fd, source.get(), "/target", 0);
        plan.add(mplan_op_set_source_path, op, "sub");
      },
      [](const std::string &root) { EXPECT_EQ(live::read_file(root + "/target/file"), "below"); });
}

LIVE_TEST(LiveBindSource, LinksBeneathADescriptorNeverLeaveIt) {
  make_source();
  live::symlink(path("outside"), path("source/absolute"));
  live::symlink("../../../../outside", path("source/relative"));
  live::symlink("/sub", path("source/inside"));
  OpenFd source(path("source"), O_PATH);
  for (const char *link : {"absolute", "relative"}) {
    fails_everywhere(
        [&](Plan &plan) {
          int op = plan.add(mplan_plan_bind_fd, source.get(), "/target", 0);
          plan.add(mplan_op_set_source_path, op, link);
        },
        [&](const live::Error &error, uint32_t) {
          EXPECT_EQ(error.error, ENOENT);
          EXPECT_EQ(error.path, link);
        });
  }
  everywhere(
      [&](Plan &plan) {
        int op = plan.add(mplan_plan_bind_fd, source.get(), "/target", 0);
        plan.add(mplan_op_set_source_path, op, "inside");
      },
      [](const std::string &root) { EXPECT_EQ(live::read_file(root + "/target/file"), "below"); });
}

LIVE_TEST(LiveBindSource, OptionalPathBeneathADescriptorMayBeMissing) {
  make_source();
  OpenFd source(path("source"), O_PATH);
  everywhere(
      [&](Plan &plan) {
        int op = plan.add(mplan_plan_bind_fd, source.get(), "/target", MPLAN_BIND_OPTIONAL);
        plan.add(mplan_op_set_source_path, op, "missing");
      },
      [](const std::string &root) { EXPECT_FALSE(live::exists(root + "/target")); });
}

LIVE_TEST(LiveBindSource, DescriptorOfALinkIsRefused) {
  make_source();
  live::symlink("outside", path("link"));
  OpenFd source(path("link"), O_PATH | O_NOFOLLOW);
  fails_everywhere([&](Plan &plan) { plan.add(mplan_plan_bind_fd, source.get(), "/target", 0); },
                   [](const live::Error &error, uint32_t) { EXPECT_EQ(error.error, ELOOP); });
}
