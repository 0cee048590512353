// SPDX-License-Identifier: MIT
// New file systems: tmpfs, ramfs, proc, sysfs, devpts, mqueue, bpf.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>

#include "live/plan_world.hpp"
#include "live/sanitizer.hpp"

using live::everywhere;
using live::fails_everywhere;
using live::mount_at;
using live::path;
using live::Plan;

namespace {

// What the table shows for an op that makes a file system: type, source and options.
std::string shown(const std::string &at) {
  live::Mount mount = *mount_at(at);
  return mount.type + ' ' + mount.source + ' ' + mount.options;
}

// What the table shows as source of this type, when that is its source: ramfs and bpf take any option before Linux 5.14, and so swallow it.
std::string kept_source(const char *type) {
  std::string by_hand = path("by hand");
  live::mkdirs(by_hand);
  EXPECT_EQ(mount(type, by_hand.c_str(), type, 0, nullptr), 0) << type;
  std::string source = mount_at(by_hand)->source;
  umount2(by_hand.c_str(), MNT_DETACH);
  return source;
}

bool has_super_option(const std::string &at, const std::string &option) {
  return (',' + mount_at(at)->super_options + ',').find(',' + option + ',') != std::string::npos;
}

}  // namespace

LIVE_TEST(LiveTmpfs, IsWritableNosuidNodevWithItsMode) {
  everywhere([](Plan &plan) { plan.add(mplan_plan_tmpfs, "/tmp", 0, 01777, 0); },
             [](const std::string &root) {
               EXPECT_EQ(shown(root + "/tmp"), "tmpfs ephemeral rw,nosuid,nodev,relatime");
               EXPECT_EQ(live::mode_of(root + "/tmp"), 01777u);
               EXPECT_EQ(live::create_errno(root + "/tmp/new"), 0);
             });
}

LIVE_TEST(LiveTmpfs, ReadOnlyIsReadOnlyFromTheStart) {
  everywhere([](Plan &plan) { plan.add(mplan_plan_tmpfs, "/tmp", 0, 0755, MPLAN_TMPFS_READONLY); },
             [](const std::string &root) {
               EXPECT_EQ(shown(root + "/tmp"), "tmpfs readonly ro,nosuid,nodev,relatime");
               EXPECT_EQ(live::create_errno(root + "/tmp/new"), EROFS);
             });
}

LIVE_TEST(LiveTmpfs, HoldsNoMoreThanItsSize) {
  everywhere([](Plan &plan) { plan.add(mplan_plan_tmpfs, "/tmp", 65536, 0755, 0); },
             [](const std::string &root) {
               EXPECT_TRUE(has_super_option(root + "/tmp", "size=64k"));
               live::write_file(root + "/tmp/fits", std::string(65536, 'x'));
               EXPECT_THROW(live::write_file(root + "/tmp/too-much", "x"), std::system_error);
             });
}

LIVE_TEST(LiveTmpfs, HoldsNoMoreThanItsInodes) {
  everywhere(
      [](Plan &plan) {
        int op = plan.add(mplan_plan_tmpfs, "/tmp", 0, 0755, 0);
        plan.add(mplan_op_set_inodes, op, 2);
      },
      [](const std::string &root) {
        live::write_file(root + "/tmp/one", "");
        EXPECT_EQ(live::create_errno(root + "/tmp/two"), ENOSPC);
      });
}

LIVE_TEST(LiveTmpfs, MakesParentsThatFitItsMode) {
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_tmpfs, "/private/tmp", 0, 0700, 0);
        plan.add(mplan_plan_tmpfs, "/group/tmp", 0, 0750, 0);
        plan.add(mplan_plan_tmpfs, "/public/tmp", 0, 01777, 0);
      },
      [](const std::string &root) {
        EXPECT_EQ(live::mode_of(root + "/private"), 0700u);
        EXPECT_EQ(live::mode_of(root + "/group"), 0750u);
        EXPECT_EQ(live::mode_of(root + "/public"), 0755u);
      });
}

LIVE_TEST(LiveTmpfs, AtTheRootIsTheRoot) {
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_tmpfs, "/", 1048576, 0711, 0);
        plan.add(mplan_plan_dir, "/dir", 0755, 0);
      },
      [](const std::string &root) {
        EXPECT_EQ(live::mode_of(root), 0711u);
        EXPECT_TRUE(has_super_option(root, "size=1024k"));
      });
}

LIVE_TEST(LiveRamfs, IsNosuidNodevNoexec) {
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_ramfs, "/a/ram", 0);
        plan.add(mplan_plan_dir, "/a/ram/dir", 0755, 0);
      },
      [](const std::string &root) {
        EXPECT_EQ(shown(root + "/a/ram"), "ramfs " + kept_source("ramfs") + " rw,nosuid,nodev,noexec,relatime");
        EXPECT_EQ(live::mode_of(root + "/a"), 0755u);
      });
}

LIVE_TEST(LiveProc, IsOfTheCallersPidNamespace) {
  everywhere([](Plan &plan) { plan.add(mplan_plan_proc, "/proc", 0); },
             [](const std::string &root) {
               EXPECT_EQ(shown(root + "/proc"), "proc proc rw,nosuid,nodev,noexec,relatime");
               EXPECT_EQ(live::link_text(root + "/proc/self"), std::to_string(getpid()));
               EXPECT_EQ(live::link_text(root + "/proc/self/ns/pid"), live::link_text("/proc/self/ns/pid"));
             });
}

LIVE_TEST(LiveProc, ShowsProcessesOnlyWhenAskedTo) {
  everywhere([](Plan &plan) { plan.add(mplan_plan_proc, "/proc", MPLAN_PROC_SUBSET_PID); },
             [](const std::string &root) {
               EXPECT_FALSE(live::exists(root + "/proc/meminfo"));
               EXPECT_TRUE(live::exists(root + "/proc/self/status"));
             });
}

LIVE_TEST(LiveProc, HidesOtherProcessesWhenAskedTo) {
  const std::pair<uint64_t, const char *> levels[] = {{MPLAN_PROC_HIDEPID_NOACCESS, "hidepid=noaccess"},
                                                      {MPLAN_PROC_HIDEPID_INVISIBLE, "hidepid=invisible"},
                                                      {MPLAN_PROC_HIDEPID_PTRACEABLE, "hidepid=ptraceable"}};
  for (const auto &[flag, option] : levels) {
    everywhere([&](Plan &plan) { plan.add(mplan_plan_proc, "/proc", flag); },
               [&](const std::string &root) { EXPECT_TRUE(has_super_option(root + "/proc", option)) << option; });
  }
}

LIVE_TEST(LiveProc, OnALinkIsRefused) {
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_dir, "/fake", 0755, 0);
        plan.add(mplan_plan_symlink, "fake", "/proc", 0);
        plan.add(mplan_plan_proc, "/proc", 0);
      },
      [](const live::Error &error, uint32_t) {
        EXPECT_EQ(error.kind, MPLAN_ERROR_SAFETY);
        EXPECT_EQ(error.error, ELOOP);
      });
}

LIVE_TEST(LiveProc, OnAFakeTmpfsIsTheRealOne) {
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_tmpfs, "/proc", 0, 0755, 0);
        plan.add(mplan_plan_dir, "/proc/self", 0755, 0);
        plan.add(mplan_plan_proc, "/proc", 0);
      },
      [](const std::string &root) { EXPECT_EQ(live::link_text(root + "/proc/self"), std::to_string(getpid())); });
}

LIVE_TEST(LiveSysfs, IsReadOnly) {
  everywhere([](Plan &plan) { plan.add(mplan_plan_sysfs, "/sys", 0); },
             [](const std::string &root) {
               EXPECT_EQ(shown(root + "/sys"), "sysfs sysfs ro,nosuid,nodev,noexec,relatime");
               EXPECT_TRUE(live::exists(root + "/sys/class/net/lo"));
             });
}

LIVE_TEST_ONLY(root, LiveSysfs, CanNotBeWritten) {
  everywhere([](Plan &plan) { plan.add(mplan_plan_sysfs, "/sys", 0); },
             [](const std::string &root) { EXPECT_EQ(live::write_errno(root + "/sys/class/net/lo/mtu"), EROFS); });
}

LIVE_TEST_ONLY(root, LiveSysfs, IsMountedWhereTheHostsIsReadOnlyAndLockedSo) {
  NEEDS_A_PROCESS_WITHOUT_THREADS;
  live::remount("/sys", MS_RDONLY);
  ASSERT_EQ(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET), 0);
  live::write_file("/proc/self/setgroups", "deny");
  live::write_file("/proc/self/uid_map", "0 0 1");
  live::write_file("/proc/self/gid_map", "0 0 1");
  live::mount_tmpfs(path("world"), "mode=0755");
  for (uint32_t backend : live::backends()) {
    live::mkdirs(path("world/root"));
    Plan plan;
    plan.add(mplan_plan_sysfs, "/sys", 0);
    live::Outcome outcome = live::apply(plan, backend, path("world/root"));
    ASSERT_EQ(outcome.result, 0) << outcome.error;
    EXPECT_EQ(shown(path("world/root/sys")), "sysfs sysfs ro,nosuid,nodev,noexec,relatime");
    EXPECT_EQ(umount2(path("world/root").c_str(), MNT_DETACH), 0);
  }
}

LIVE_TEST(LiveDevpts, IsANewInstance) {
  everywhere([](Plan &plan) { plan.add(mplan_plan_devpts, "/pts", 0); },
             [](const std::string &root) {
               EXPECT_EQ(shown(root + "/pts"), "devpts devpts rw,nosuid,noexec,relatime");
               EXPECT_TRUE(has_super_option(root + "/pts", "mode=620"));
               EXPECT_TRUE(has_super_option(root + "/pts", "ptmxmode=666"));
               EXPECT_NE(mount_at(root + "/pts")->device, mount_at("/dev/pts")->device);
             });
}

LIVE_TEST(LiveMqueue, IsNosuidNodevNoexec) {
  everywhere([](Plan &plan) { plan.add(mplan_plan_mqueue, "/mqueue", 0); },
             [](const std::string &root) { EXPECT_EQ(shown(root + "/mqueue"), "mqueue mqueue rw,nosuid,nodev,noexec,relatime"); });
}

LIVE_TEST_ONLY(root, LiveBpf, IsNosuidNodevNoexec) {
  everywhere(
      [](Plan &plan) { plan.add(mplan_plan_bpf, "/bpf", 0); },
      [](const std::string &root) { EXPECT_EQ(shown(root + "/bpf"), "bpf " + kept_source("bpf") + " rw,nosuid,nodev,noexec,relatime"); });
}

LIVE_TEST_ONLY(user, LiveBpf, InAUserNamespaceIsAnErrorThatNamesIt) {
  fails_everywhere([](Plan &plan) { plan.add(mplan_plan_bpf, "/bpf", 0); },
                   [](const live::Error &error, uint32_t backend) {
                     EXPECT_EQ(error.kind, MPLAN_ERROR_SYSCALL);
                     EXPECT_EQ(error.error, EPERM);
                     EXPECT_EQ(error.op_name, "bpf");
                     EXPECT_EQ(error.call, backend == MPLAN_BACKEND_CLASSIC ? "mount" : "fsconfig");
                     EXPECT_EQ(error.path, "bpf");
                   });
}
