// SPDX-License-Identifier: MIT
// Attributes of mounts: what a plan asks for is added to what the source has; nothing that was set is ever cleared.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "live/plan_world.hpp"
#include "live/sanitizer.hpp"

using live::everywhere;
using live::fails_everywhere;
using live::mount_at;
using live::path;
using live::Plan;

namespace {

// A bind of a tmpfs with these attributes asked for in addition, and the options it shows.
void expect_options(uint64_t flags, uint64_t set, uint64_t clear, const char *options) {
  live::mount_tmpfs(path("source"));
  everywhere(
      [&](Plan &plan) {
        int op = plan.add(mplan_plan_bind, path("source"), "/target", flags);
        plan.add(mplan_op_set_attrs, op, set, clear);
      },
      [&](const std::string &root) { EXPECT_EQ(mount_at(root + "/target")->options, options); });
}

struct Flag {
  unsigned long flag;
  const char *option;
};
constexpr Flag source_flags[] = {
    {MS_RDONLY, "ro"}, {MS_NOSUID, "nosuid"}, {MS_NODEV, "nodev"}, {MS_NOEXEC, "noexec"}, {256 /* MS_NOSYMFOLLOW */, "nosymfollow"}};
struct Time {
  unsigned long flags;
  std::vector<std::string> options;  // that a mount with these flags shows
};
const Time times[] = {{MS_RELATIME, {"relatime"}},
                      {MS_NOATIME, {"noatime"}},
                      {MS_STRICTATIME, {}},
                      {MS_RELATIME | MS_NODIRATIME, {"nodiratime", "relatime"}},
                      {MS_NOATIME | MS_NODIRATIME, {"noatime", "nodiratime"}}};

void expect_all(const live::Mount &mount, unsigned long flags, const Time &time) {
  for (const Flag &flag : source_flags) {
    EXPECT_TRUE((flags & flag.flag) == 0 || mount.has(flag.option)) << flag.option << " is lost in " << mount;
  }
  for (const char *word : {"relatime", "noatime", "nodiratime"}) {
    bool wanted = std::find(time.options.begin(), time.options.end(), word) != time.options.end();
    EXPECT_EQ(mount.has(word), wanted) << word << " of " << mount;
  }
}

constexpr unsigned combinations = 1u << std::size(source_flags);

std::string source_of(unsigned combination) { return path("source/" + std::to_string(combination)); }

unsigned long flags_of(unsigned combination) {
  unsigned long flags = 0;
  for (size_t bit = 0; bit < std::size(source_flags); bit++) {
    flags |= (combination >> bit & 1) != 0 ? source_flags[bit].flag : 0;
  }
  return flags;
}

// Every combination of flags on mounts below `source`; what the plan makes of them at /target/0, /target/1 ... must keep them all.
void keeps_source_flags(const live::Build &build, unsigned long asked_for) {
  for (const Time &time : times) {
    for (unsigned combination = 0; combination < combinations; combination++) {
      live::mount_tmpfs(source_of(combination));
      live::remount(source_of(combination), flags_of(combination) | time.flags);
    }
    everywhere(build, [&](const std::string &root) {
      for (unsigned combination = 0; combination < combinations; combination++) {
        expect_all(*mount_at(root + "/target/" + std::to_string(combination)), flags_of(combination) | asked_for, time);
      }
    });
    for (unsigned combination = 0; combination < combinations; combination++) {
      ASSERT_EQ(umount2(source_of(combination).c_str(), 0), 0);
    }
  }
}

void bind_each_source(Plan &plan, uint64_t flags) {
  for (unsigned combination = 0; combination < combinations; combination++) {
    plan.add(mplan_plan_bind, source_of(combination), "/target/" + std::to_string(combination), flags);
  }
}

// A user namespace in which uid and gid 0 are `outside` here.
class UserNamespace {
 public:
  explicit UserNamespace(const char *map) {
    int ready[2];
    if (pipe(ready) != 0) {
      return;
    }
    child_ = fork();
    if (child_ == 0) {
      char byte = unshare(CLONE_NEWUSER) == 0 ? 'y' : 'n';
      (void)!write(ready[1], &byte, 1);
      pause();
      _exit(0);
    }
    char byte = 0;
    (void)!read(ready[0], &byte, 1);
    close(ready[0]);
    close(ready[1]);
    std::string proc = "/proc/" + std::to_string(child_);
    live::OpenFd uid_map(proc + "/uid_map", O_WRONLY);
    live::OpenFd gid_map(proc + "/gid_map", O_WRONLY);
    EXPECT_GT(write(uid_map.get(), map, strlen(map)), 0);
    EXPECT_GT(write(gid_map.get(), map, strlen(map)), 0);
    fd_ = open((proc + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC);
  }
  UserNamespace(const UserNamespace &) = delete;
  UserNamespace &operator=(const UserNamespace &) = delete;
  ~UserNamespace() {
    close(fd_);
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  int fd() const { return fd_; }

 private:
  pid_t child_ = -1;
  int fd_ = -1;
};

// Whether the file system of a directory lets its owners be mapped: a tmpfs from Linux 6.3 on.
bool can_idmap(const std::string &directory, int ids) {
  live::OpenFd tree(open_tree(AT_FDCWD, directory.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_IDMAP;
  attributes.userns_fd = static_cast<uint64_t>(ids);
  bool mapped = mount_setattr(tree.get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes) == 0;
  EXPECT_TRUE(mapped || errno == EINVAL) << strerror(errno);
  return mapped;
}

}  // namespace

LIVE_TEST(LiveAttributes, NoexecIsAdded) { expect_options(0, MPLAN_ATTR_NOEXEC, 0, "ro,nosuid,nodev,noexec,relatime"); }

LIVE_TEST(LiveAttributes, NosymfollowIsAdded) { expect_options(0, MPLAN_ATTR_NOSYMFOLLOW, 0, "ro,nosuid,nodev,relatime,nosymfollow"); }

LIVE_TEST(LiveAttributes, NoatimeReplacesRelatime) { expect_options(0, MPLAN_ATTR_NOATIME, 0, "ro,nosuid,nodev,noatime"); }

LIVE_TEST(LiveAttributes, StrictatimeReplacesRelatime) { expect_options(0, MPLAN_ATTR_STRICTATIME, 0, "ro,nosuid,nodev"); }

LIVE_TEST(LiveAttributes, NodiratimeComesOnTop) {
  expect_options(MPLAN_BIND_WRITABLE, MPLAN_ATTR_NODIRATIME | MPLAN_ATTR_NOATIME, 0, "rw,nosuid,nodev,noatime,nodiratime");
}

LIVE_TEST(LiveAttributes, DefaultsAreLeftOutWhenAskedTo) {
  expect_options(0, 0, MPLAN_ATTR_RDONLY | MPLAN_ATTR_NODEV, "rw,nosuid,relatime");
}

LIVE_TEST(LiveAttributes, OfATmpfsAreSetFromTheStart) {
  everywhere(
      [](Plan &plan) {
        int op = plan.add(mplan_plan_tmpfs, "/target", 0, 0755, 0);
        plan.add(mplan_op_set_attrs, op, MPLAN_ATTR_NOEXEC | MPLAN_ATTR_NOSYMFOLLOW | MPLAN_ATTR_STRICTATIME, MPLAN_ATTR_NODEV);
      },
      [](const std::string &root) { EXPECT_EQ(mount_at(root + "/target")->options, "rw,nosuid,noexec,nosymfollow"); });
}

LIVE_TEST(LiveAttributes, BindKeepsEveryFlagOfItsSource) {
  keeps_source_flags([](Plan &plan) { bind_each_source(plan, 0); }, MS_RDONLY | MS_NOSUID | MS_NODEV);
}

LIVE_TEST(LiveAttributes, WritableDeviceBindKeepsEveryFlagOfItsSource) {
  keeps_source_flags([](Plan &plan) { bind_each_source(plan, MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE); }, MS_NOSUID);
}

LIVE_TEST(LiveAttributes, BindKeepsEveryFlagOfAMountBelowItsSource) {
  keeps_source_flags([](Plan &plan) { plan.add(mplan_plan_bind, path("source"), "/target", 0); }, MS_RDONLY | MS_NOSUID | MS_NODEV);
}

LIVE_TEST_ONLY(root, LiveIdmap, MapsTheOwnersOfABind) {
  NEEDS_A_PROCESS_WITHOUT_THREADS;
  NEEDS_BACKEND(MPLAN_BACKEND_FD);
  UserNamespace ids("0 1000 1");
  live::write_file(path("source/file"), "text");
  if (!can_idmap(path("source"), ids.fd())) {
    GTEST_SKIP() << "a tmpfs can not be idmapped here";
  }
  everywhere(
      [&](Plan &plan) {
        int op = plan.add(mplan_plan_bind, path("source"), "/target", 0);
        plan.add(mplan_op_set_idmap, op, ids.fd());
      },
      [](const std::string &root) {
        struct stat status {};
        ASSERT_EQ(stat((root + "/target/file").c_str(), &status), 0);
        EXPECT_EQ(status.st_uid, 1000u);
        EXPECT_EQ(status.st_gid, 1000u);
      },
      {.except = MPLAN_BACKEND_CLASSIC});
}

LIVE_TEST_ONLY(root, LiveIdmap, IsUnsupportedByTheClassicBackendAtPrepare) {
  NEEDS_A_PROCESS_WITHOUT_THREADS;
  UserNamespace ids("0 1000 1");
  Plan plan;
  live::mkdirs(path("source"));
  live::mkdirs(path("root"));
  int op = plan.add(mplan_plan_bind, path("source"), "/target", 0);
  plan.add(mplan_op_set_idmap, op, ids.fd());
  live::Outcome outcome = live::apply(plan, MPLAN_BACKEND_CLASSIC, path("root"));
  EXPECT_EQ(outcome.result, -EOPNOTSUPP);
  EXPECT_EQ(outcome.error.kind, MPLAN_ERROR_UNSUPPORTED);
  EXPECT_EQ(outcome.error.stage, MPLAN_STAGE_PREPARE);
  EXPECT_EQ(outcome.error.op, 0);
}
