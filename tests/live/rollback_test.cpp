// SPDX-License-Identifier: MIT
// Rolling back while somebody else changes things in between (A7, A8): the event callback is that somebody, called between two calls.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "live/plan_world.hpp"
#include "live/sanitizer.hpp"

using live::path;
using live::Plan;

namespace {

struct Somebody {
  std::function<void(const mplan_event &)> act;
  static int told(const mplan_event *event, void *data) {
    static_cast<Somebody *>(data)->act(*event);
    return 0;
  }
};

struct Answer {
  int result = 0;
  int left = 0;
  live::Error error;
};

Answer apply_in_place(const Plan &plan, uint32_t backend, const char *root, std::function<void(const mplan_event &)> act = nullptr) {
  Somebody somebody{std::move(act)};
  mplan_prepare_args args{};
  args.flags = MPLAN_PREPARE_IN_PLACE | MPLAN_PREPARE_VERIFY;
  args.backend = backend;
  args.root = root;
  args.event = somebody.act ? Somebody::told : nullptr;
  args.event_data = &somebody;
  mplan_prepared *prepared = nullptr;
  mplan_error *error = nullptr;
  Answer out;
  out.result = mplan_prepare(plan.get(), &args, sizeof args, &prepared, &error);
  if (out.result == 0) {
    out.result = mplan_apply(prepared, &error);
  }
  mplan_prepared_free(prepared);
  if (error != nullptr) {
    out.left = mplan_error_left(error);
    out.error = live::take(error);
  }
  return out;
}

// A directory with a proc of its own becomes the root directory.
void enter_jail() {
  live::mkdirs(path("jail/proc"));
  live::mkdirs(path("jail/dir"));
  ASSERT_EQ(mount("proc", path("jail/proc").c_str(), "proc", 0, nullptr), 0);
  ASSERT_EQ(chroot(path("jail").c_str()), 0);
  ASSERT_EQ(chdir("/"), 0);
}

}  // namespace

LIVE_TEST(LiveRollback, LeavesAMountThatSomebodyPutOnTopAndTells) {
  live::mkdirs(path("root/dir"));
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    Plan plan;
    plan.add(mplan_plan_tmpfs, "/dir", 0, 0755, 0);
    plan.add(mplan_plan_unmount, "/missing", 0);
    bool put = false;
    auto put_on_top = [&](const mplan_event &event) {
      if (event.op == 1 && !put) {  // the first mount is in place
        put = mount("theirs", path("root/dir").c_str(), "tmpfs", 0, nullptr) == 0;
      }
    };
    Answer answer = apply_in_place(plan, backend, path("root").c_str(), put_on_top);
    ASSERT_TRUE(put);
    EXPECT_EQ(answer.result, -ENOENT);
    EXPECT_EQ(answer.left, 1);
    EXPECT_NE(answer.error.message.find("; 1 change could not be taken back"), std::string::npos) << answer.error;
    EXPECT_EQ(live::mount_at(path("root/dir"))->source, "theirs");
    while (umount2(path("root/dir").c_str(), MNT_DETACH) == 0) {
    }
  }
}

LIVE_TEST(LiveRollback, LeavesAFileThatSomebodyPutInThePlaceOfItsOwnAndTells) {
  live::mkdirs(path("root"));
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    Plan plan;
    plan.add(mplan_plan_set_flags, MPLAN_PLAN_CREATE);
    plan.add(mplan_plan_dir, "/made", 0755, 0);
    plan.add(mplan_plan_unmount, "/missing", 0);
    bool replaced = false;
    auto replace = [&](const mplan_event &event) {
      if (event.op == 1 && !replaced) {
        replaced = rename(path("root/made").c_str(), path("root/away").c_str()) == 0;
        live::write_file(path("root/made"), "theirs");
      }
    };
    Answer answer = apply_in_place(plan, backend, path("root").c_str(), replace);
    ASSERT_TRUE(replaced);
    EXPECT_EQ(answer.result, -ENOENT);
    EXPECT_EQ(answer.left, 1);
    EXPECT_EQ(live::read_file(path("root/made")), "theirs");
    EXPECT_TRUE(live::exists(path("root/away")));
    unlink(path("root/made").c_str());
    rmdir(path("root/away").c_str());
  }
}

LIVE_TEST(LiveRollback, WorksAfterProcWasCovered) {
  enter_jail();
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    std::string before = live::read_file("/proc/thread-self/mountinfo");
    Plan plan;
    plan.add(mplan_plan_tmpfs, "/proc", 0, 0755, 0);
    plan.add(mplan_plan_tmpfs, "/dir", 0, 0755, 0);
    plan.add(mplan_plan_unmount, "/missing", 0);
    Answer answer = apply_in_place(plan, backend, "/");
    EXPECT_EQ(answer.result, -ENOENT) << answer.error;
    EXPECT_EQ(answer.left, 0) << answer.error;
    EXPECT_EQ(live::read_file("/proc/thread-self/mountinfo"), before);
  }
}

// mount(2) is pointed at descriptors by names that /proc has for them; what the plan has put there must not be asked.
LIVE_TEST(LiveRollback, A7NothingIsDoneThroughAProcOfThePlansOwn) {
  enter_jail();
  std::string trap = "/trap/thread-self/fd/";
  live::mkdirs(trap);
  live::mkdirs("/victim");
  for (int fd = 0; fd < 64; fd++) {
    live::symlink("/victim", trap + std::to_string(fd));
  }
  Plan plan;
  plan.add(mplan_plan_bind, "/trap", "/proc", 0);
  plan.add(mplan_plan_tmpfs, "/dir", 0, 0755, 0);
  Answer answer = apply_in_place(plan, MPLAN_BACKEND_CLASSIC, "/");
  EXPECT_EQ(answer.result, 0) << answer.error;
  ASSERT_EQ(umount2("/proc", MNT_DETACH), 0);
  EXPECT_EQ(live::mount_at("/dir")->type, "tmpfs");
  EXPECT_FALSE(live::mount_at("/victim")) << "mounted through a link that is not the kernel's";
}

LIVE_TEST(LiveRollback, DoesNotMakeAMountReadOnlyBecauseItsFileSystemIs) {
  live::mkdirs(path("root"));
  live::mount_tmpfs(path("root/dir"));
  ASSERT_EQ(mount(nullptr, path("root/dir").c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
  ASSERT_EQ(mount(nullptr, path("root/dir").c_str(), nullptr, MS_REMOUNT | MS_BIND, nullptr), 0);
  std::string before = live::read_file("/proc/thread-self/mountinfo");
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    Plan plan;
    plan.add(mplan_op_set_attrs, plan.add(mplan_plan_remount, "/dir", MPLAN_BIND_WRITABLE), MPLAN_ATTR_NOEXEC, 0);
    plan.add(mplan_plan_unmount, "/missing", 0);
    EXPECT_EQ(apply_in_place(plan, backend, path("root").c_str()).result, -ENOENT);
    EXPECT_EQ(live::read_file("/proc/thread-self/mountinfo"), before);
  }
}

LIVE_TEST(LiveRollback, DirectoryThatSomebodyElseMakesMeanwhileIsUsedAndStays) {
  live::mkdirs(path("root"));
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    Plan plan;
    plan.add(mplan_plan_set_flags, MPLAN_PLAN_CREATE);
    plan.add(mplan_plan_tmpfs, "/a/b", 0, 0755, 0);
    bool made = false;
    auto make = [&](const mplan_event &event) {
      if (event.op == 0 && !made && std::string(event.text).find("\"a") != std::string::npos && event.result == -ENOENT) {
        made = mkdir(path("root/a").c_str(), 0755) == 0;
      }
    };
    Answer answer = apply_in_place(plan, backend, path("root").c_str(), make);
    ASSERT_TRUE(made);
    EXPECT_EQ(answer.result, 0) << answer.error;
    EXPECT_TRUE(live::mount_at(path("root/a/b")));
    umount2(path("root/a/b").c_str(), MNT_DETACH);
    rmdir(path("root/a/b").c_str());
    rmdir(path("root/a").c_str());
  }
}

// What can not be taken back comes last: verify has looked at all else before it.
LIVE_TEST(LiveRollback, OpWithoutAWayBackIsNotReachedWhenSomethingIsAmiss) {
  live::mkdirs(path("root/dir"));
  live::mount_tmpfs(path("root/other"));
  live::OpenFd root(path("root"), O_PATH);  // the classic backend covers the path for a while
  std::string dir = "/proc/self/fd/" + std::to_string(root.get()) + "/dir";
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    Plan plan;
    plan.add(mplan_plan_tmpfs, "/dir", 0, 0755, 0);
    plan.add(mplan_plan_chmod, "/dir", 0711, 0);
    plan.add(mplan_plan_unmount, "/other", 0);
    bool taken = false;
    auto take_away = [&](const mplan_event &event) {
      if (event.op == 1 && !taken) {
        taken = umount2(dir.c_str(), MNT_DETACH) == 0;
      }
    };
    Answer answer = apply_in_place(plan, backend, path("root").c_str(), take_away);
    ASSERT_TRUE(taken);
    EXPECT_EQ(answer.error.kind, MPLAN_ERROR_SAFETY) << answer.error;
    EXPECT_TRUE(live::mount_at(path("root/other")));
    chmod(path("root/dir").c_str(), 0755);
  }
}

// A mount point that was made in a tree of the caller is found below what was mounted on it, also where no clone of its directory may be
// made, as mounts in it are locked.
LIVE_TEST_ONLY(root, LiveRollback, FindsWhatItMadeBelowAMountInATreeWithLockedMounts) {
  NEEDS_A_PROCESS_WITHOUT_THREADS;
  live::mkdirs(path("tree/sub"));
  live::mkdirs(path("other"));
  live::mkdirs(path("root"));
  live::mount_tmpfs(path("tree/sub"), "mode=0755");
  ASSERT_EQ(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
  live::write_file("/proc/self/setgroups", "deny");
  live::write_file("/proc/self/uid_map", "0 0 1");
  live::write_file("/proc/self/gid_map", "0 0 1");
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    Plan plan;
    plan.add(mplan_plan_set_flags, MPLAN_PLAN_CREATE);
    plan.add(mplan_plan_bind, path("tree"), "/b", MPLAN_BIND_RECURSIVE | MPLAN_BIND_WRITABLE);
    plan.add(mplan_plan_bind, path("other"), "/b/made", 0);
    plan.add(mplan_plan_chmod, "/b/made", 0700, 0);
    live::Outcome outcome = live::apply(plan, backend, path("root"));
    EXPECT_EQ(outcome.error.op, 2) << outcome.error;
    EXPECT_EQ(outcome.error.error, EROFS) << outcome.error;
    EXPECT_FALSE(live::exists(path("tree/made")));
  }
}
