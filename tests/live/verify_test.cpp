// SPDX-License-Identifier: MIT
// Verify fails closed: each test applies a plan on a kernel that does something else than it was asked, and says that it worked.
#include <mountplan/mountplan.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <string>

#include "live/liar.hpp"

namespace {

using live::apply;
using live::Liar;
using live::path;
using live::Plan;
using live::Verdict;
using mountplan::kernel::Call;
using mountplan::kernel::MountAttr;

// The verdict is a difference, and nothing is left.
void expect_difference(const Plan &plan, uint32_t backend, Liar &liar, int error, const std::string &detail, int op = 0,
                       uint64_t flags = MPLAN_PREPARE_VERIFY) {
  SCOPED_TRACE("backend " + std::to_string(backend));
  live::mkdirs(path("root"));
  const auto before = live::host_snapshot();
  const Verdict verdict = apply(plan, backend, liar, flags);
  EXPECT_EQ(verdict.result, -error);
  EXPECT_EQ(verdict.failure.kind, mountplan::base::Kind::safety);
  EXPECT_EQ(verdict.failure.stage, mountplan::base::Stage::commit);
  EXPECT_EQ(verdict.failure.op, op);
  EXPECT_TRUE(verdict.mentions(detail)) << verdict.failure.detail << "\nwanted " << detail;
  EXPECT_EQ(live::host_snapshot(), before);
}

struct Attribute {
  uint64_t ours;
  uint64_t mount_attr;
  unsigned long mount_flag;
  const char *name;
};
constexpr Attribute attributes[] = {
    {MPLAN_ATTR_RDONLY, mountplan::kernel::attr_rdonly, MS_RDONLY, "ro"},
    {MPLAN_ATTR_NOSUID, mountplan::kernel::attr_nosuid, MS_NOSUID, "nosuid"},
    {MPLAN_ATTR_NODEV, mountplan::kernel::attr_nodev, MS_NODEV, "nodev"},
    {MPLAN_ATTR_NOEXEC, mountplan::kernel::attr_noexec, MS_NOEXEC, "noexec"},
    {MPLAN_ATTR_NOSYMFOLLOW, mountplan::kernel::attr_nosymfollow, 256, "nosymfollow"},
    {MPLAN_ATTR_NODIRATIME, mountplan::kernel::attr_nodiratime, MS_NODIRATIME, "nodiratime"},
    {MPLAN_ATTR_NOATIME, mountplan::kernel::attr_noatime, MS_NOATIME, "noatime"},
};
constexpr uint64_t every_attribute = 0x7f;
static_assert(every_attribute == (MPLAN_ATTR_RDONLY | MPLAN_ATTR_NOSUID | MPLAN_ATTR_NODEV | MPLAN_ATTR_NOEXEC | MPLAN_ATTR_NOSYMFOLLOW |
                                  MPLAN_ATTR_NOATIME | MPLAN_ATTR_NODIRATIME));

// Drops one attribute wherever it is set together with noexec, which the root has not.
Liar dropping(const Attribute &attribute) {
  Liar liar;
  static MountAttr changed;
  liar.lie = [&attribute](Call call, long args[6], long &) {
    auto is_of_op = [](long bits) { return (bits & MS_NOEXEC) != 0; };
    static_assert(MS_NOEXEC == mountplan::kernel::attr_noexec);
    if (call == Call::mount_setattr && args[0] >= 0 && is_of_op(static_cast<long>(reinterpret_cast<const MountAttr *>(args[3])->set))) {
      changed = *reinterpret_cast<const MountAttr *>(args[3]);
      changed.set &= ~attribute.mount_attr;
      changed.clear &= ~(attribute.ours == MPLAN_ATTR_NOATIME ? mountplan::kernel::attr_atime_mask : 0);
      args[3] = reinterpret_cast<long>(&changed);
    }
    if (call == Call::fsmount && is_of_op(args[2])) {
      args[2] &= ~static_cast<long>(attribute.mount_attr);
    }
    if (call == Call::mount && is_of_op(args[3])) {
      args[3] &= ~static_cast<long>(attribute.mount_flag);
    }
    return false;
  };
  return liar;
}

// Answers the `n`-th of these calls with success and does nothing.
Liar skipping(Call skipped, int n) {
  Liar liar;
  liar.lie = [skipped, n, seen = 0](Call call, long args[6], long &) mutable {
    bool skip = call == skipped && args[0] >= 0 && ++seen == n;
    return skip;
  };
  return liar;
}

void make_source() {
  live::mkdirs(path("source/below"));
  live::mount_tmpfs(path("source"));
  live::mount_tmpfs(path("source/below"));
}

void deny_statmount(Liar &liar) {
  liar.lie = [inner = liar.lie](Call call, long args[6], long &result) {
    if (call == Call::statmount || call == Call::listmount) {
      result = -ENOSYS;
      return true;
    }
    return inner(call, args, result);
  };
}

// A bind with every attribute, and what is mounted below it.
void add_full_bind(Plan &plan) {
  int op = plan.add(mplan_plan_bind, path("source"), "/bind", 0);
  plan.add(mplan_op_set_attrs, op, every_attribute, uint64_t{0});
}

}  // namespace

LIVE_TEST(LiveVerify, FindsEachAttributeThatABindLacks) {
  make_source();
  for (uint32_t backend : live::backends()) {
    for (const Attribute &attribute : attributes) {
      SCOPED_TRACE(attribute.name);
      Plan plan;
      add_full_bind(plan);
      Liar liar = dropping(attribute);
      expect_difference(plan, backend, liar, EXDEV, "wanted ro,nosuid,nodev,noexec,nosymfollow,noatime,nodiratime, found ");
    }
  }
}

LIVE_TEST(LiveVerify, FindsEachAttributeThatANewFileSystemLacks) {
  for (uint32_t backend : live::backends()) {
    for (const Attribute &attribute : attributes) {
      SCOPED_TRACE(attribute.name);
      Plan plan;
      int op = plan.add(mplan_plan_ramfs, "/new", uint64_t{0});
      plan.add(mplan_op_set_attrs, op, every_attribute, uint64_t{0});
      Liar liar = dropping(attribute);
      expect_difference(plan, backend, liar, EXDEV, "wanted ro,nosuid,nodev,noexec,nosymfollow,noatime,nodiratime, found ");
    }
  }
}

LIVE_TEST(LiveVerify, FindsEachAttributeThatIsLackingByTheTextOfTheTable) {
  make_source();
  for (uint32_t backend : live::backends()) {
    for (const Attribute &attribute : attributes) {
      SCOPED_TRACE(attribute.name);
      Plan plan;
      add_full_bind(plan);
      Liar liar = dropping(attribute);
      deny_statmount(liar);
      expect_difference(plan, backend, liar, EXDEV, "wanted ro,nosuid,nodev,noexec,nosymfollow,noatime,nodiratime, found ");
    }
  }
}

LIVE_TEST(LiveVerify, FindsAMountBelowABindThatWasNotChanged) {
  NEEDS_BACKEND(MPLAN_BACKEND_FD);
  make_source();
  for (uint32_t backend : live::backends()) {
    if (backend == MPLAN_BACKEND_CLASSIC) {
      continue;
    }
    Plan plan;
    plan.add(mplan_plan_bind, path("source"), "/bind", uint64_t{0});
    Liar liar;
    liar.lie = [](Call call, long args[6], long &) {
      if (call == Call::mount_setattr && args[0] >= 0) {
        args[2] &= ~static_cast<long>(mountplan::kernel::at_recursive);
      }
      return false;
    };
    expect_difference(plan, backend, liar, EXDEV, "/bind/below\": wanted ro,nosuid,nodev, found rw");
  }
}

LIVE_TEST(LiveVerify, FindsARemountThatDidNothing) {
  NEEDS_BACKEND(MPLAN_BACKEND_FD);
  make_source();
  for (uint32_t backend : live::backends()) {
    if (backend == MPLAN_BACKEND_CLASSIC) {
      continue;
    }
    Plan plan;
    plan.add(mplan_plan_bind, path("source"), "/bind", uint64_t{MPLAN_BIND_WRITABLE});
    plan.add(mplan_plan_remount, "/bind", uint64_t{MPLAN_BIND_RECURSIVE});
    Liar liar;
    liar.lie = [](Call call, long args[6], long &) {
      return call == Call::mount_setattr && args[0] >= 0 &&
             (reinterpret_cast<const MountAttr *>(args[3])->set & mountplan::kernel::attr_rdonly) != 0;
    };
    expect_difference(plan, backend, liar, EXDEV, "wanted ro,nosuid,nodev, found rw,nosuid,nodev");
  }
}

LIVE_TEST(LiveVerify, FindsAMountThatIsMissing) {
  NEEDS_BACKEND(MPLAN_BACKEND_FD);
  struct Case {
    uint32_t backend;
    Call call;
    int n;
  };
  // With `fd` the first move is that of the root.
  for (const Case &one : {Case{MPLAN_BACKEND_DETACHED, Call::move_mount, 1}, Case{MPLAN_BACKEND_FD, Call::move_mount, 2}}) {
    if (!live::has_backend(one.backend)) {
      continue;
    }
    for (bool text : {false, true}) {
      Plan plan;
      plan.add(mplan_plan_tmpfs, "/new", uint64_t{0}, 0755u, uint64_t{0});
      Liar liar = skipping(one.call, one.n);
      if (text) {
        deny_statmount(liar);
      }
      expect_difference(plan, one.backend, liar, ESTALE, "the mount is not there");
    }
  }
}

LIVE_TEST(LiveVerify, FindsARootThatWasNotAttached) {
  NEEDS_BACKEND(MPLAN_BACKEND_DETACHED);
  Plan plan;
  plan.add(mplan_plan_tmpfs, "/new", uint64_t{0}, 0755u, uint64_t{0});
  Liar liar = skipping(Call::move_mount, 2);
  expect_difference(plan, MPLAN_BACKEND_DETACHED, liar, ESTALE, "the mount is not there", -1);
}

LIVE_TEST(LiveVerify, FindsAnotherTypeOfFileSystem) {
  for (uint32_t backend : live::backends()) {
    Plan plan;
    plan.add(mplan_plan_ramfs, "/new", uint64_t{0});
    Liar liar;
    liar.lie = [](Call call, long args[6], long &) {
      const int which = call == Call::fsopen ? 0 : call == Call::mount ? 2 : -1;
      if (which >= 0 && args[which] != 0 && strcmp(reinterpret_cast<const char *>(args[which]), "ramfs") == 0) {
        args[which] = reinterpret_cast<long>("tmpfs");
      }
      return false;
    };
    expect_difference(plan, backend, liar, EXDEV, "wanted type ramfs, found tmpfs");
  }
}

LIVE_TEST(LiveVerify, FindsAMountThatIsElsewhere) {
  NEEDS_BACKEND(MPLAN_BACKEND_FD);
  Plan plan;
  plan.add(mplan_plan_dir, "/other", 0755u, uint64_t{0});
  plan.add(mplan_plan_tmpfs, "/new", uint64_t{0}, 0755u, uint64_t{0});
  Liar liar;
  liar.lie = [seen = 0](Call call, long args[6], long &result) mutable {
    if (call != Call::move_mount || args[0] < 0 || ++seen != 2) {
      return false;
    }
    result = mountplan::kernel::live.move_mount(static_cast<int>(args[0]), "", AT_FDCWD, path("root/other").c_str(),
                                                mountplan::kernel::move_from_empty_path);
    return true;
  };
  expect_difference(plan, MPLAN_BACKEND_FD, liar, EXDEV, "/root/other\": wanted it at " + path("root/new"), 1);
}

LIVE_TEST(LiveVerify, FindsAMountThatNobodyAskedFor) {
  NEEDS_BACKEND(MPLAN_BACKEND_FD);
  Plan plan;
  plan.add(mplan_plan_dir, "/other", 0755u, uint64_t{0});
  plan.add(mplan_plan_tmpfs, "/new", uint64_t{0}, 0755u, uint64_t{0});
  for (bool text : {false, true}) {
    Liar liar;
    liar.lie = [seen = 0](Call call, long args[6], long &result) mutable {
      if (call != Call::move_mount || args[0] < 0 || ++seen != 2) {
        return false;
      }
      result = mountplan::kernel::live.invoke(nullptr, call, args);
      EXPECT_EQ(mount("none", path("root/other").c_str(), "ramfs", 0, nullptr), 0);
      return true;
    };
    if (text) {
      deny_statmount(liar);
    }
    expect_difference(plan, MPLAN_BACKEND_FD, liar, EXDEV, "wanted no mount there, found one of type ramfs", -1);
  }
}

LIVE_TEST(LiveVerify, FindsAMountThatStayedInItsPeerGroup) {
  NEEDS_BACKEND(MPLAN_BACKEND_FD);
  live::mkdirs(path("source"));
  live::mount_tmpfs(path("source"));
  live::set_propagation(path("source"), MS_SHARED);
  for (uint32_t backend : live::backends()) {
    if (backend == MPLAN_BACKEND_CLASSIC) {
      continue;
    }
    Plan plan;
    plan.add(mplan_plan_bind, path("source"), "/bind", uint64_t{0});
    Liar liar;
    static MountAttr changed;
    liar.lie = [](Call call, long args[6], long &) {
      if (call == Call::mount_setattr && args[0] >= 0) {
        changed = *reinterpret_cast<const MountAttr *>(args[3]);
        changed.propagation = 0;
        args[3] = reinterpret_cast<long>(&changed);
        return changed.set == 0;  // nothing is left of it
      }
      return false;
    };
    expect_difference(plan, backend, liar, EXDEV, "wanted private, found shared");
  }
}

LIVE_TEST(LiveVerify, FindsAnAttributeThatIsLackingInPlace) {
  make_source();
  live::mkdirs(path("root"));
  live::mount_tmpfs(path("root"));
  live::mkdirs(path("root/bind"));
  for (uint32_t backend : live::backends()) {
    Plan plan;
    add_full_bind(plan);
    Liar liar = dropping(attributes[0]);
    expect_difference(plan, backend, liar, EXDEV, "wanted ro,nosuid", 0, MPLAN_PREPARE_VERIFY | MPLAN_PREPARE_IN_PLACE);
  }
}

// mount(2) reaches what is visible alone, and in place nothing is lifted.
LIVE_TEST(LiveVerify, AsksNoRecursiveRemountOfWhatThePlanCoveredInPlaceWithClassic) {
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    live::mount_tmpfs(path("root"));
    live::mkdirs(path("root/there"));
    live::write_file(path("root/file"), "");
    Plan plan;
    plan.add(mplan_plan_tmpfs, "/there", uint64_t{0}, 0755u, uint64_t{0});
    plan.add(mplan_plan_mask, "/there", uint64_t{0});
    plan.add(mplan_plan_remount, "/", uint64_t{MPLAN_BIND_RECURSIVE});
    live::Outcome outcome = live::apply(plan, backend, path("root"), MPLAN_PREPARE_VERIFY | MPLAN_PREPARE_IN_PLACE);
    EXPECT_EQ(outcome.result, 0) << outcome.error;
    EXPECT_EQ(live::write_errno(path("root/file")), EROFS);
    EXPECT_EQ(umount2(path("root").c_str(), MNT_DETACH), 0);
  }
}

LIVE_TEST(LiveVerify, FindsAnOldRootThatWasNotDetached) {
  for (uint32_t backend : live::backends()) {
    for (bool text : {false, true}) {
      pid_t child = fork();
      if (child == 0) {
        Plan plan;
        plan.add(mplan_plan_tmpfs, "/new", uint64_t{0}, 0755u, uint64_t{0});
        plan.add(mplan_plan_proc, "/proc", uint64_t{0});
        Liar liar;
        liar.lie = [](Call call, long args[6], long &) {
          return call == Call::umount2 && strcmp(reinterpret_cast<const char *>(args[0]), ".") == 0;
        };
        if (text) {
          deny_statmount(liar);
        }
        if (unshare(CLONE_NEWNS) != 0) {
          _exit(2);
        }
        const Verdict verdict = apply(plan, backend, liar, MPLAN_PREPARE_VERIFY | MPLAN_PREPARE_PIVOT);
        _exit(verdict.result == -EXDEV && verdict.mentions("another mount on top of it") ? 0 : 1);
      }
      int status = -1;
      ASSERT_EQ(waitpid(child, &status, 0), child);
      EXPECT_EQ(status, 0) << "backend " << backend << (text ? " by text" : "");
    }
  }
}

LIVE_TEST(LiveVerify, AsksNothingWithoutTheFlag) {
  NEEDS_BACKEND(MPLAN_BACKEND_DETACHED);
  make_source();
  Plan plan;
  add_full_bind(plan);
  Liar liar = dropping(attributes[0]);
  EXPECT_EQ(apply(plan, MPLAN_BACKEND_DETACHED, liar, 0).result, 0);
  EXPECT_EQ(liar.statmounts + liar.listmounts, 0);
}

LIVE_TEST(LiveVerify, AcceptsWhatIsAsAskedByTheTextOfTheTableToo) {
  make_source();
  for (uint32_t backend : live::backends()) {
    Plan plan;
    add_full_bind(plan);
    plan.add(mplan_plan_tmpfs, "/bind/below", uint64_t{0}, 0755u, uint64_t{0});
    plan.add(mplan_plan_dev, "/dev", uint64_t{MPLAN_DEV_MQUEUE});
    plan.add(mplan_plan_proc, "/proc", uint64_t{0});
    plan.add(mplan_plan_mask, "/proc/sys", uint64_t{0});
    Liar liar;
    deny_statmount(liar);
    const Verdict verdict = apply(plan, backend, liar);
    EXPECT_EQ(verdict.result, 0) << verdict.failure.detail;
    umount2(path("root").c_str(), MNT_DETACH);
  }
}

LIVE_TEST(LiveVerify, CostsOneQuestionForEachMount) {
  NEEDS_BACKEND(MPLAN_BACKEND_DETACHED);
  Plan plan;
  for (int i = 0; i < 20; i++) {
    plan.add(mplan_plan_tmpfs, "/" + std::to_string(i), uint64_t{0}, 0755u, uint64_t{0});
  }
  Liar without;
  ASSERT_EQ(apply(plan, MPLAN_BACKEND_DETACHED, without, 0).result, 0);
  umount2(path("root").c_str(), MNT_DETACH);
  Liar with;
  ASSERT_EQ(apply(plan, MPLAN_BACKEND_DETACHED, with).result, 0);
  if (with.listmounts == 0) {
    GTEST_SKIP() << "this kernel does not have statmount(2)";
  }
  // The two calls are tried, and the mounts of the root listed; each mount gives its id when it is placed, and its facts later.
  EXPECT_EQ(with.listmounts, 2);
  EXPECT_EQ(with.statmounts, 1 + 21);
  EXPECT_EQ(with.calls - without.calls, 2 + 1 + 2 * 21 + 1);
}

LIVE_TEST(LiveVerify, CostsOneQuestionForEachMountThatABindTookAlong) {
  NEEDS_BACKEND(MPLAN_BACKEND_DETACHED);
  ASSERT_EQ(mkdir(path("tree").c_str(), 0755), 0);
  ASSERT_EQ(mount("tree", path("tree").c_str(), "tmpfs", 0, "mode=0755"), 0);
  for (int i = 0; i < 20; i++) {
    const std::string place = path("tree/" + std::to_string(i));
    ASSERT_EQ(mkdir(place.c_str(), 0755), 0);
    ASSERT_EQ(mount("one", place.c_str(), "tmpfs", 0, nullptr), 0);
  }
  Plan plan;
  plan.add(mplan_plan_bind, path("tree"), "/tree", uint64_t{0});
  Liar liar;
  ASSERT_EQ(apply(plan, MPLAN_BACKEND_DETACHED, liar).result, 0);
  if (liar.listmounts == 0) {
    GTEST_SKIP() << "this kernel does not have statmount(2)";
  }
  EXPECT_EQ(liar.statmounts, 1 + 2 + 20);  // the call is tried; the root and the bind, and what is below
}
