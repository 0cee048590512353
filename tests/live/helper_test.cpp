// SPDX-License-Identifier: MIT
// The helpers: root binds what a host directory holds, etc links the host's /etc into one of our own.
#include <cerrno>

#include "live/plan_world.hpp"

using live::everywhere;
using live::fails_everywhere;
using live::mount_at;
using live::path;
using live::Plan;

namespace {

void make_host() {
  live::write_file(path("host/usr/bin/true"), "program");
  live::write_file(path("host/file"), "text");
  live::symlink("usr/bin", path("host/bin"));
  for (const char *name : {"proc", "dev", "tmp", "mnt", "etc"}) {
    live::write_file(path(std::string("host/") + name + "/left-out"), "text");
  }
}

void make_etc() {
  live::write_file(path("host-etc/hosts"), "hosts");
  live::write_file(path("host-etc/ssl/certs"), "certs");
  live::write_file(path("host-etc/passwd"), "passwd");
  live::write_file(path("host-etc/group"), "group");
  live::write_file(path("host-etc/.host"), "never");
  live::symlink("/proc/self/mounts", path("host-etc/mtab"));
  live::symlink("hosts", path("host-etc/link"));
}

}  // namespace

LIVE_TEST(LiveRoot, BindsEveryEntryReadOnlyAndMakesLinksAgain) {
  make_host();
  everywhere([](Plan &plan) { plan.add(mplan_plan_root, path("host"), 0); },
             [](const std::string &root) {
               EXPECT_EQ(live::read_file(root + "/usr/bin/true"), "program");
               EXPECT_EQ(mount_at(root + "/usr")->options, "ro,nosuid,nodev,relatime");
               EXPECT_EQ(live::read_file(root + "/file"), "text");
               EXPECT_EQ(mount_at(root + "/file")->options, "ro,nosuid,nodev,relatime");
               EXPECT_EQ(live::link_text(root + "/bin"), "usr/bin");
             });
}

LIVE_TEST(LiveRoot, LeavesOutWhatASandboxMakesForItself) {
  make_host();
  everywhere([](Plan &plan) { plan.add(mplan_plan_root, path("host"), 0); },
             [](const std::string &root) {
               for (const char *name : {"/proc", "/dev", "/tmp", "/mnt", "/etc"}) {
                 EXPECT_FALSE(live::exists(root + name)) << name;
               }
             });
}

LIVE_TEST(LiveRoot, IsWritableWhenAskedTo) {
  make_host();
  everywhere([](Plan &plan) { plan.add(mplan_plan_root, path("host"), MPLAN_BIND_WRITABLE); },
             [](const std::string &root) { EXPECT_EQ(live::write_errno(root + "/usr/bin/true"), 0); });
}

LIVE_TEST(LiveRoot, OfAMissingDirectoryIsAnErrorOfPrepare) {
  fails_everywhere([](Plan &plan) { plan.add(mplan_plan_root, path("missing"), 0); },
                   [](const live::Error &error, uint32_t) {
                     EXPECT_EQ(error.stage, MPLAN_STAGE_PREPARE);
                     EXPECT_EQ(error.error, ENOENT);
                     EXPECT_EQ(error.op_name, "root");
                     EXPECT_EQ(error.source, path("missing"));
                   });
}

LIVE_TEST(LiveRoot, ThatFailsToApplyIsNamedAsThePlanHasIt) {
  make_host();
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_symlink, "elsewhere", "/usr", 0);
        plan.add(mplan_plan_root, path("host"), 0);
      },
      [](const live::Error &error, uint32_t) {
        EXPECT_EQ(error.op, 1);
        EXPECT_EQ(error.op_name, "root");
        EXPECT_EQ(error.source, path("host"));
        EXPECT_EQ(error.target, "/");
        EXPECT_EQ(error.path, "/usr");
      });
}

LIVE_TEST(LiveEtc, LinksEachEntryToTheBoundDirectory) {
  make_etc();
  everywhere([](Plan &plan) { plan.add(mplan_plan_etc, path("host-etc"), "prefix", 0); },
             [](const std::string &root) {
               EXPECT_EQ(live::link_text(root + "/etc/hosts"), ".host/prefix/hosts");
               EXPECT_EQ(live::read_file(root + "/etc/hosts"), "hosts");
               EXPECT_EQ(live::read_file(root + "/etc/ssl/certs"), "certs");
               EXPECT_EQ(live::link_text(root + "/etc/link"), ".host/prefix/link");
               EXPECT_EQ(mount_at(root + "/etc/.host/prefix")->options, "ro,nosuid,nodev,relatime");
               EXPECT_EQ(live::mode_of(root + "/etc"), 0755u);
             });
}

LIVE_TEST(LiveEtc, LeavesOutPasswdAndGroupAndMakesMtabALinkToProc) {
  make_etc();
  everywhere([](Plan &plan) { plan.add(mplan_plan_etc, path("host-etc"), "prefix", 0); },
             [](const std::string &root) {
               EXPECT_FALSE(live::exists(root + "/etc/passwd"));
               EXPECT_FALSE(live::exists(root + "/etc/group"));
               EXPECT_EQ(live::link_text(root + "/etc/mtab"), "/proc/mounts");
             });
}

LIVE_TEST(LiveEtc, TakesAPasswdOfItsOwn) {
  make_etc();
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_etc, path("host-etc"), "prefix", 0);
        plan.add(mplan_plan_file, "/etc/passwd", "root", size_t{4}, 0444, 0);
      },
      [](const std::string &root) { EXPECT_EQ(live::read_file(root + "/etc/passwd"), "root"); });
  EXPECT_EQ(live::read_file(path("host-etc/passwd")), "passwd");
}

LIVE_TEST(LiveEtc, OfTheHostIsItsDefaultSource) {
  everywhere([](Plan &plan) { plan.add(mplan_plan_etc, nullptr, "prefix", 0); },
             [](const std::string &root) { EXPECT_TRUE(live::exists(root + "/etc/.host/prefix")); });
}
