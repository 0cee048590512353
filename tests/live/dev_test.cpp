// SPDX-License-Identifier: MIT
// dev: a minimal /dev whose nodes work, and nothing else of the host's.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <set>

#include "live/liar.hpp"
#include "live/plan_world.hpp"

using live::everywhere;
using live::mount_at;
using live::OpenFd;
using live::path;
using live::Plan;

namespace {

void add_dev(Plan &plan) { plan.add(mplan_plan_dev, "/dev", 0); }

dev_t device_of(const std::string &path) {
  struct stat status {};
  EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
  return S_ISCHR(status.st_mode) ? status.st_rdev : 0;
}

std::set<std::string> names(const std::string &path) {
  std::set<std::string> out;
  for (const auto &entry : std::filesystem::directory_iterator(path)) {
    out.insert(entry.path().filename());
  }
  return out;
}

// A terminal of its own on descriptor 1 while it lives.
class TerminalOnStdout {
 public:
  TerminalOnStdout() : kept_(fcntl(1, F_DUPFD_CLOEXEC, 3)), master_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    EXPECT_GE(master_, 0);
    EXPECT_EQ(unlockpt(master_), 0);
    int slave = open(ptsname(master_), O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT_GE(slave, 0);
    device_ = device_of(ptsname(master_));
    dup2(slave, 1);
    close(slave);
  }
  TerminalOnStdout(const TerminalOnStdout &) = delete;
  TerminalOnStdout &operator=(const TerminalOnStdout &) = delete;
  ~TerminalOnStdout() {
    dup2(kept_, 1);
    close(kept_);
    close(master_);
  }
  int master() const { return master_; }
  dev_t device() const { return device_; }

 private:
  int kept_;
  int master_;
  dev_t device_ = 0;
};

}  // namespace

LIVE_TEST(LiveDev, HoldsTheMinimumAndNothingElse) {
  everywhere(add_dev, [](const std::string &root) {
    EXPECT_EQ(names(root + "/dev"), (std::set<std::string>{"null", "zero", "full", "random", "urandom", "tty", "stdin", "stdout", "stderr",
                                                           "fd", "core", "ptmx", "pts", "shm"}));
  });
}

LIVE_TEST(LiveDev, HasNodesThatWork) {
  everywhere(add_dev, [](const std::string &root) {
    OpenFd zero(root + "/dev/zero", O_RDONLY);
    char byte = 'x';
    EXPECT_EQ(read(zero.get(), &byte, 1), 1);
    EXPECT_EQ(byte, '\0');
    OpenFd null(root + "/dev/null", O_WRONLY);
    EXPECT_EQ(write(null.get(), "x", 1), 1);
    OpenFd full(root + "/dev/full", O_WRONLY);
    EXPECT_EQ(write(full.get(), "x", 1), -1);
    EXPECT_EQ(errno, ENOSPC);
    EXPECT_EQ(live::read_errno(root + "/dev/random"), 0);
    EXPECT_EQ(live::read_errno(root + "/dev/urandom"), 0);
    EXPECT_EQ(device_of(root + "/dev/tty"), makedev(5, 0));
  });
}

LIVE_TEST(LiveDev, HasTheLinks) {
  everywhere(add_dev, [](const std::string &root) {
    EXPECT_EQ(live::link_text(root + "/dev/stdin"), "/proc/self/fd/0");
    EXPECT_EQ(live::link_text(root + "/dev/stdout"), "/proc/self/fd/1");
    EXPECT_EQ(live::link_text(root + "/dev/stderr"), "/proc/self/fd/2");
    EXPECT_EQ(live::link_text(root + "/dev/fd"), "/proc/self/fd");
    EXPECT_EQ(live::link_text(root + "/dev/core"), "/proc/kcore");
    EXPECT_EQ(live::link_text(root + "/dev/ptmx"), "pts/ptmx");
  });
}

LIVE_TEST(LiveDev, IsReadOnlyWithAWritableShm) {
  everywhere(add_dev, [](const std::string &root) {
    EXPECT_EQ(mount_at(root + "/dev")->source, "devtmpfs");
    EXPECT_EQ(mount_at(root + "/dev")->options, "ro,nosuid,nodev,relatime");
    EXPECT_EQ(live::create_errno(root + "/dev/new"), EROFS);
    EXPECT_EQ(mount_at(root + "/dev/shm")->options, "rw,nosuid,nodev,relatime");
    EXPECT_EQ(live::mode_of(root + "/dev/shm"), 01777u);
    EXPECT_EQ(live::create_errno(root + "/dev/shm/new"), 0);
  });
}

LIVE_TEST(LiveDev, StaysWritableWhenAskedTo) {
  everywhere([](Plan &plan) { plan.add(mplan_plan_dev, "/dev", MPLAN_DEV_WRITABLE); },
             [](const std::string &root) {
               EXPECT_EQ(live::create_errno(root + "/dev/new"), 0);
               EXPECT_FALSE(mount_at(root + "/dev/shm").has_value());
               EXPECT_EQ(live::mode_of(root + "/dev/shm"), 01777u);
               EXPECT_EQ(live::create_errno(root + "/dev/shm/new"), 0);
             });
}

LIVE_TEST(LiveDev, HasADevptsInstanceOfItsOwn) {
  everywhere(add_dev, [](const std::string &root) {
    EXPECT_EQ(mount_at(root + "/dev/pts")->options, "rw,nosuid,noexec,relatime");
    EXPECT_EQ(names(root + "/dev/pts"), (std::set<std::string>{"ptmx"}));
    OpenFd terminal(root + "/dev/ptmx", O_RDWR | O_NOCTTY);
    EXPECT_EQ(names(root + "/dev/pts"), (std::set<std::string>{"0", "ptmx"}));
    EXPECT_NE(mount_at(root + "/dev/pts")->device, mount_at("/dev/pts")->device);
  });
}

LIVE_TEST(LiveDev, HasMessageQueuesWhenAskedTo) {
  everywhere([](Plan &plan) { plan.add(mplan_plan_dev, "/dev", MPLAN_DEV_MQUEUE); },
             [](const std::string &root) {
               EXPECT_EQ(mount_at(root + "/dev/mqueue")->type, "mqueue");
               EXPECT_EQ(live::create_errno(root + "/dev/mqueue/queue"), 0);
             });
}

LIVE_TEST(LiveDev, HasTheTerminalOfStdoutAsConsoleWhenAskedTo) {
  TerminalOnStdout terminal;
  everywhere([](Plan &plan) { plan.add(mplan_plan_dev, "/dev", MPLAN_DEV_CONSOLE); },
             [&](const std::string &root) {
               EXPECT_EQ(device_of(root + "/dev/console"), terminal.device());
               OpenFd console(root + "/dev/console", O_WRONLY | O_NOCTTY);
               EXPECT_EQ(write(console.get(), "x", 1), 1);
               char byte = 0;
               EXPECT_EQ(read(terminal.master(), &byte, 1), 1);
               EXPECT_EQ(byte, 'x');
             });
}

LIVE_TEST(LiveDev, HasNoConsoleWhereStdoutIsNoTerminal) {
  OpenFd kept(dup(1));
  OpenFd null("/dev/null", O_WRONLY);
  dup2(null.get(), 1);
  everywhere([](Plan &plan) { plan.add(mplan_plan_dev, "/dev", MPLAN_DEV_CONSOLE); },
             [](const std::string &root) { EXPECT_FALSE(live::exists(root + "/dev/console")); });
  dup2(kept.get(), 1);
}

LIVE_TEST(LiveDev, MountsMoreOnTop) {
  everywhere(
      [](Plan &plan) {
        add_dev(plan);
        plan.add(mplan_plan_tmpfs, "/dev/shm", 0, 01777, 0);
        plan.add(mplan_plan_bind, "/dev/null", "/dev/zero", MPLAN_BIND_DEVICE);
      },
      [](const std::string &root) { EXPECT_EQ(device_of(root + "/dev/zero"), makedev(1, 3)); });
}

LIVE_TEST(LiveDev, InPlaceOfALinkIsRefusedAndWhatItLeadsToUntouched) {
  live::write_file(path("outside/marker"), "text");
  live::fails_everywhere(
      add_dev, [](const live::Error &error, uint32_t) { EXPECT_EQ(error.error, ELOOP); },
      live::in_place([](const std::string &root) { live::symlink(path("outside"), root + "/dev"); }));
}

LIVE_TEST(LiveDev, InPlaceCoversADirectory) {
  everywhere(
      add_dev,
      [](const std::string &root) {
        EXPECT_FALSE(live::exists(root + "/dev/old"));
        EXPECT_EQ(live::read_errno(root + "/dev/zero"), 0);
      },
      live::in_place([](const std::string &root) { live::write_file(root + "/dev/old", "text"); }));
}

// A6: whoever can see the tree that the plan lands in never sees a /dev that is not finished.
LIVE_TEST(LiveA6Dev, InPlaceAppearsCompleteAndReadOnly) {
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    std::string dev = path("root/dev");
    live::mount_tmpfs(path("root"));
    live::mkdirs(dev);
    Plan plan;
    add_dev(plan);
    size_t looks = 0;
    live::Liar watcher;
    watcher.lie = [&](mountplan::kernel::Call, long *, long &) {
      if (mount_at(dev).has_value()) {
        looks++;
        EXPECT_TRUE(mount_at(dev)->has("ro"));
        for (const char *below : {"/null", "/tty", "/pts", "/shm"}) {
          EXPECT_TRUE(mount_at(dev + below).has_value()) << below;
        }
      }
      return false;
    };

    EXPECT_EQ(live::apply(plan, backend, watcher, MPLAN_PREPARE_IN_PLACE).result, 0);

    EXPECT_GT(looks, 0u);
    ASSERT_EQ(umount2(path("root").c_str(), MNT_DETACH), 0);
  }
}

// A chmod through a bind mount of a node reaches whoever the node belongs to.
TEST(LiveWorld, HasDevicesOfItsOwn) {
  static struct stat of_the_host;
  ASSERT_EQ(stat("/dev/null", &of_the_host), 0);
  live::run(live::Identity::root, [](live::Identity) {
    struct stat status {};
    ASSERT_EQ(stat("/dev/null", &status), 0);
    EXPECT_NE(status.st_dev, of_the_host.st_dev);
  });
}
