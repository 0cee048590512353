// SPDX-License-Identifier: MIT
// file: content that appears as a file, from bytes or from a descriptor; as a mount without another name, or as a plain copy.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
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

int add_text(Plan &plan, const char *target, const std::string &text, uint32_t mode, uint64_t flags) {
  return plan.add(mplan_plan_file, target, text.data(), text.size(), mode, flags);
}

}  // namespace

LIVE_TEST(LiveFile, HasTheContentAndTheMode) {
  everywhere([](Plan &plan) { add_text(plan, "/a/file", "content", 0440, 0); },
             [](const std::string &root) {
               EXPECT_EQ(live::read_file(root + "/a/file"), "content");
               EXPECT_EQ(live::mode_of(root + "/a/file"), 0440u);
               EXPECT_EQ(live::mode_of(root + "/a"), 0755u);
             });
}

LIVE_TEST(LiveFile, IsAReadOnlyNodevNosuidMount) {
  everywhere([](Plan &plan) { add_text(plan, "/file", "content", 0644, 0); },
             [](const std::string &root) {
               EXPECT_EQ(mount_at(root + "/file")->options, "ro,nosuid,nodev,relatime");
               EXPECT_EQ(live::write_errno(root + "/file"), EROFS);
             });
}

LIVE_TEST(LiveFile, CanBeWrittenWhenAskedTo) {
  everywhere([](Plan &plan) { add_text(plan, "/file", "content", 0644, MPLAN_FILE_WRITABLE); },
             [](const std::string &root) {
               live::write_file(root + "/file", "changed");
               EXPECT_EQ(live::read_file(root + "/file"), "changed");
             });
}

LIVE_TEST(LiveFile, HasNoOtherName) {
  everywhere([](Plan &plan) { add_text(plan, "/file", "content", 0644, 0); },
             [](const std::string &root) {
               struct stat status {};
               ASSERT_EQ(stat((root + "/file").c_str(), &status), 0);
               EXPECT_EQ(status.st_nlink, 0u);
               EXPECT_TRUE(mount_at(root + "/file")->root.ends_with("//deleted"));
             });
}

LIVE_TEST(LiveFile, MayBeEmpty) {
  everywhere([](Plan &plan) { plan.add(mplan_plan_file, "/file", nullptr, size_t{0}, 0444, 0); },
             [](const std::string &root) { EXPECT_EQ(live::read_file(root + "/file"), ""); });
}

LIVE_TEST(LiveFile, MayBeLarge) {
  std::string text(3000000, 'x');
  text[2999999] = 'y';
  everywhere([&](Plan &plan) { add_text(plan, "/file", text, 0444, 0); },
             [&](const std::string &root) { EXPECT_TRUE(live::read_file(root + "/file") == text); });
}

LIVE_TEST(LiveFile, LandsOnAFileInATreeOfTheCallerWithoutWritingIt) {
  live::write_file(path("source/passwd"), "host");
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_bind, path("source"), "/etc", MPLAN_BIND_WRITABLE);
        add_text(plan, "/etc/passwd", "sandbox", 0444, 0);
      },
      [](const std::string &root) { EXPECT_EQ(live::read_file(root + "/etc/passwd"), "sandbox"); });
  EXPECT_EQ(live::read_file(path("source/passwd")), "host");
}

LIVE_TEST(LiveFile, FromADescriptorIsReadFromItsBeginningAndItsOffsetStays) {
  live::write_file(path("data"), "content");
  OpenFd data(path("data"), O_RDONLY);
  ASSERT_EQ(lseek(data.get(), 3, SEEK_SET), 3);
  everywhere([&](Plan &plan) { plan.add(mplan_plan_file_fd, data.get(), "/file", 0444, 0); },
             [](const std::string &root) { EXPECT_EQ(live::read_file(root + "/file"), "content"); });
  EXPECT_EQ(lseek(data.get(), 0, SEEK_CUR), 3);
}

LIVE_TEST(LiveFile, OneDescriptorServesSeveralOps) {
  OpenFd data(memfd_create("data", MFD_CLOEXEC));
  ASSERT_EQ(write(data.get(), "content", 7), 7);
  everywhere(
      [&](Plan &plan) {
        plan.add(mplan_plan_file_fd, data.get(), "/first", 0444, 0);
        plan.add(mplan_plan_file_fd, data.get(), "/second", 0400, 0);
        plan.add(mplan_plan_file_fd, data.get(), "/third", 0600, MPLAN_FILE_COPY);
      },
      [](const std::string &root) {
        EXPECT_EQ(live::read_file(root + "/first"), "content");
        EXPECT_EQ(live::read_file(root + "/second"), "content");
        EXPECT_EQ(live::read_file(root + "/third"), "content");
        EXPECT_EQ(live::mode_of(root + "/second"), 0400u);
      });
}

LIVE_TEST(LiveFile, FromAPipeIsReadToItsEnd) {
  everywhere(
      [](Plan &plan) {
        int ends[2];
        ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
        OpenFd from(ends[0]);
        OpenFd to(ends[1]);
        ASSERT_EQ(write(to.get(), "content", 7), 7);
        plan.add(mplan_plan_file_fd, from.get(), "/file", 0444, 0);
      },
      [](const std::string &root) { EXPECT_EQ(live::read_file(root + "/file"), "content"); });
}

LIVE_TEST(LiveFile, FromADescriptorThatCanNotBeReadIsAnError) {
  OpenFd data(path("data"), O_WRONLY | O_CREAT);
  fails_everywhere([&](Plan &plan) { plan.add(mplan_plan_file_fd, data.get(), "/file", 0444, 0); },
                   [](const live::Error &error, uint32_t) {
                     EXPECT_EQ(error.error, EBADF);
                     EXPECT_EQ(error.call, "pread64");
                     EXPECT_EQ(error.op, 0);
                   });
}

LIVE_TEST(LiveFile, CopyIsAPlainFile) {
  umask(077);
  everywhere([](Plan &plan) { add_text(plan, "/a/file", "content", 04755, MPLAN_FILE_COPY); },
             [](const std::string &root) {
               EXPECT_EQ(live::mounts_below(root).size(), 1u);
               EXPECT_EQ(live::read_file(root + "/a/file"), "content");
               EXPECT_EQ(live::mode_of(root + "/a/file"), 04755u);
               struct stat status {};
               ASSERT_EQ(stat((root + "/a/file").c_str(), &status), 0);
               EXPECT_EQ(status.st_nlink, 1u);
             });
}

LIVE_TEST(LiveFile, CopyDoesNotReplaceWhatIsThere) {
  fails_everywhere(
      [](Plan &plan) {
        add_text(plan, "/file", "first", 0644, MPLAN_FILE_COPY);
        add_text(plan, "/file", "second", 0644, MPLAN_FILE_COPY);
      },
      [](const live::Error &error, uint32_t) {
        EXPECT_EQ(error.error, EEXIST);
        EXPECT_EQ(error.op, 1);
      });
}

LIVE_TEST(LiveFile, CopyIntoATreeOfTheCallerIsRefused) {
  live::mkdirs(path("source"));
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_bind, path("source"), "/target", MPLAN_BIND_WRITABLE);
        add_text(plan, "/target/file", "x", 0644, MPLAN_FILE_COPY);
      },
      [](const live::Error &error, uint32_t) { EXPECT_EQ(error.kind, MPLAN_ERROR_SAFETY); });
}

LIVE_TEST(LiveFile, CopyIntoATreeOfTheCallerIsMadeWhenThePlanMay) {
  live::mkdirs(path("source"));
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_set_flags, MPLAN_PLAN_CREATE);
        plan.add(mplan_plan_bind, path("source"), "/target", MPLAN_BIND_WRITABLE);
        add_text(plan, "/target/file", "content", 0640, MPLAN_FILE_COPY);
      },
      [](const std::string &) {
        EXPECT_EQ(live::read_file(path("source/file")), "content");
        EXPECT_EQ(live::mode_of(path("source/file")), 0640u);
        EXPECT_EQ(unlink(path("source/file").c_str()), 0);
      });
}

LIVE_TEST(LiveFile, CopyThatFailsInTheMiddleIsTakenBack) {
  live::mkdirs(path("source"));
  OpenFd data(path("data"), O_WRONLY | O_CREAT);
  fails_everywhere(
      [&](Plan &plan) {
        plan.add(mplan_plan_set_flags, MPLAN_PLAN_CREATE);
        plan.add(mplan_plan_bind, path("source"), "/target", MPLAN_BIND_WRITABLE);
        plan.add(mplan_plan_file_fd, data.get(), "/target/file", 0644, MPLAN_FILE_COPY);
      },
      [](const live::Error &error, uint32_t) { EXPECT_EQ(error.op, 1); });
}
