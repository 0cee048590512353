// SPDX-License-Identifier: MIT
// A1 and A8 for the place of the root with the classic backend: what mount(2) has put there is found again by its name, and whoever swaps
// names meanwhile must not get another mount taken for it. On a kernel that tells the ids of mounts, and as before Linux 5.8.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <functional>

#include "kernel/statmount.hpp"
#include "live/liar.hpp"
#include "live/plan_world.hpp"

using live::path;
using live::Plan;
using mountplan::kernel::Call;

namespace {

enum class Age { today, before_5_8 };

// Answers like a kernel that has neither statmount(2) nor ids and roots of mounts in statx(2).
bool answer_as_before_5_8(Call call, long args[6], long &result) {
  if (call == Call::statmount || call == Call::listmount) {
    result = -ENOSYS;
    return true;
  }
  if (call != Call::statx) {
    return false;
  }
  auto *stat = reinterpret_cast<struct statx *>(args[4]);
  result = mountplan::kernel::live.invoke(nullptr, call, args);
  if (result == 0) {
    stat->stx_mask &= ~(STATX_MNT_ID | mountplan::kernel::statx_unique_id);
    stat->stx_mnt_id = 0;
    stat->stx_attributes_mask &= ~uint64_t{STATX_ATTR_MOUNT_ROOT};
    stat->stx_attributes &= ~uint64_t{STATX_ATTR_MOUNT_ROOT};
  }
  return true;
}

// `before` sees each call before it is made.
live::Liar kernel_of(
    Age age, std::function<void(Call, const long *)> before = [](Call, const long *) {}) {
  live::Liar kernel;
  kernel.lie = [age, before](Call call, long *args, long &result) {
    before(call, args);
    return age == Age::before_5_8 && answer_as_before_5_8(call, args, result);
  };
  return kernel;
}

bool opens(Call call, const long *args, const char *name) {
  return call == Call::openat && std::string_view(name) == reinterpret_cast<const char *>(args[1]);
}

// What is mounted on can be renamed only where it is not mounted on: in another mount namespace.
void exchange_elsewhere(const std::string &one, const std::string &other) {
  pid_t child = fork();
  if (child == 0) {
    bool ready = unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    umount2(one.c_str(), MNT_DETACH);
    umount2(other.c_str(), MNT_DETACH);
    _exit(ready && renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0 ? 0 : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

struct Given {
  uint64_t flags;
  Age age;
};

// Each way to apply to parent/root with a kernel of each age, in a scratch of its own.
void each_way(const std::function<void(const Given &given)> &body) {
  for (uint64_t flags : {uint64_t{0}, uint64_t{MPLAN_PREPARE_IN_PLACE}}) {
    for (Age age : {Age::today, Age::before_5_8}) {
      SCOPED_TRACE(std::string(flags == 0 ? "fresh" : "in place") + (age == Age::today ? ", today" : ", before 5.8"));
      live::mount_tmpfs(path("."));
      live::mkdirs(path("parent/root/tmp"));
      body({flags, age});
      ASSERT_EQ(umount2(path(".").c_str(), MNT_DETACH), 0);
    }
  }
}

live::Verdict apply(const Given &given, std::function<void(Call, const long *)> before) {
  Plan plan;
  plan.add(mplan_plan_tmpfs, "/tmp", 0, 0755, 0);
  live::Liar kernel = kernel_of(given.age, std::move(before));
  return live::apply(plan, MPLAN_BACKEND_CLASSIC, kernel, given.flags, "parent/root");
}

void refuses_what_took_the_name(const std::function<void()> &furnish_lure) {
  each_way([&](const Given &given) {
    live::mkdirs(path("parent/lure"));
    furnish_lure();
    std::string mounts_before = live::read_file("/proc/self/mountinfo");
    bool exchanged = false;

    live::Verdict verdict = apply(given, [&](Call call, const long *args) {
      if (opens(call, args, "root") && !exchanged) {
        exchanged = true;
        exchange_elsewhere(path("parent/root"), path("parent/lure"));
      }
    });

    ASSERT_TRUE(exchanged);
    EXPECT_EQ(verdict.result, -ESTALE) << verdict.failure.call << ' ' << verdict.failure.detail;
    EXPECT_EQ(verdict.failure.kind, mountplan::base::Kind::safety);
    exchange_elsewhere(path("parent/root"), path("parent/lure"));
    EXPECT_EQ(live::read_file("/proc/self/mountinfo"), mounts_before);
  });
}

}  // namespace

LIVE_TEST(LiveA1Place, IsBuiltOnThoughAParentIsSwapped) {
  each_way([](const Given &given) {
    live::mkdirs(path("other/root"));
    live::mount_tmpfs(path("other/root"));
    live::set_propagation(path("other/root"), MS_SHARED);
    live::Mount other = *live::mount_at(path("other/root"));
    bool asked = false;
    bool swapped = false;

    live::Verdict verdict = apply(given, [&](Call call, const long *) {
      if (asked && call == Call::openat && !swapped) {
        swapped = true;
        std::filesystem::rename(path("parent"), path("moved"));
        std::filesystem::rename(path("other"), path("parent"));
      }
      asked = asked || call == Call::readlinkat;
    });

    ASSERT_TRUE(swapped);
    EXPECT_EQ(verdict.result, 0) << verdict.failure.call << ' ' << verdict.failure.detail;
    EXPECT_TRUE(live::mount_at(path("moved/root/tmp")).has_value());
    EXPECT_EQ(live::mounts_below(path("parent/root")).size(), 1u);
    EXPECT_EQ(live::mount_at(path("parent/root"))->id, other.id);
    EXPECT_EQ(live::mount_at(path("parent/root"))->optional, other.optional);
  });
}

LIVE_TEST(LiveA1Place, RefusesAnotherMountThatTookItsName) {
  refuses_what_took_the_name([] {
    live::mount_tmpfs(path("parent/lure"));
    live::set_propagation(path("parent/lure"), MS_SHARED);
  });
}

LIVE_TEST(LiveA1Place, RefusesADirectoryThatTookItsName) {
  refuses_what_took_the_name([] {});
}

LIVE_TEST(LiveA1Place, IsBuiltOnWhereNobodyTouchesIt) {
  each_way([](const Given &given) {
    live::Verdict verdict = apply(given, [](Call, const long *) {});
    EXPECT_EQ(verdict.result, 0) << verdict.failure.call << ' ' << verdict.failure.detail;
    EXPECT_TRUE(live::mount_at(path("parent/root/tmp")).has_value());
  });
}
