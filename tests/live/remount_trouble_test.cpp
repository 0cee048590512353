// SPDX-License-Identifier: MIT
// C3: a recursive remount covers every mount or fails; what may be skipped is asked for, is the same with each backend, and is told.
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "live/liar.hpp"
#include "live/plan_world.hpp"

using live::everywhere;
using live::fails_everywhere;
using live::mount_at;
using live::path;
using live::Plan;
using mountplan::kernel::Call;

namespace {

// A tree with a mount in it that came from the host, so that a user namespace may not change its access time mode.
void make_tree_with_a_locked_mount() {
  live::mount_tmpfs(path("source"));
  live::mount_tmpfs(path("source/before"));
  live::mkdirs(path("source/locked"));
  live::mount_bind("/usr/bin", path("source/locked"));
  live::mount_tmpfs(path("source/zlast"));
}

void add_remount(Plan &plan, const char *target, uint64_t flags) {
  plan.add(mplan_plan_bind, path("source"), "/target", MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE);
  int op = plan.add(mplan_plan_remount, target, MPLAN_BIND_RECURSIVE | flags);
  plan.add(mplan_op_set_attrs, op, MPLAN_ATTR_NOATIME, 0);
}

void expect_only_the_locked_mount_as_it_was(const std::string &root) {
  for (const char *changed : {"/target", "/target/before", "/target/zlast"}) {
    EXPECT_EQ(mount_at(root + changed)->options, "ro,nosuid,nodev,noatime") << changed;
  }
  EXPECT_FALSE(mount_at(root + "/target/locked")->has("noatime"));
}

struct Refusal {
  bool told = false;
};
int look_for_refusal(const mplan_event *event, void *data) {
  std::string_view call = event->call;
  bool changes = call == "mount_setattr" || call == "mount";
  if (event->op == 1 && changes && event->result == -EPERM && std::string_view(event->text).find("locked") != std::string_view::npos) {
    static_cast<Refusal *>(data)->told = true;
  }
  return 0;
}

std::string path_of(int fd) {
  char text[4096];
  ssize_t length = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), text, sizeof text);
  return std::string(text, length < 0 ? 0 : static_cast<size_t>(length));
}

enum class Whole { no, yes };

// The mount whose attributes the call is about to change, or that of a whole tree; empty for other calls.
std::string changed_mount(Call call, const long *args, Whole &whole) {
  whole = Whole::no;
  if (call == Call::mount_setattr && reinterpret_cast<const mountplan::kernel::MountAttr *>(args[3])->propagation == 0) {
    whole = (args[2] & mountplan::kernel::at_recursive) != 0 ? Whole::yes : Whole::no;
    return path_of(static_cast<int>(args[0]));
  }
  if (call == Call::mount && (args[3] & static_cast<long>(mountplan::kernel::ms_remount)) != 0) {
    return path_of(std::stoi(reinterpret_cast<const char *>(args[1])));
  }
  return "";
}

// A caller's tree with three mounts, changed in place by a kernel that can not do it as a whole; `turn` comes before each mount's, and
// gives the error it refuses with, or 0.
live::Verdict remount_in_place(uint32_t backend, uint64_t flags, const std::function<int(const std::string &)> &turn) {
  live::mount_tmpfs(path("root"));
  for (const char *below : {"root/a", "root/b", "root/c"}) {
    live::mount_tmpfs(path(below));
  }
  Plan plan;
  plan.add(mplan_plan_remount, "/", MPLAN_BIND_RECURSIVE | flags);
  live::Liar kernel;
  kernel.lie = [&](Call call, long *args, long &result) {
    Whole whole;
    std::string mount = changed_mount(call, args, whole);
    result = whole == Whole::yes ? -EPERM : mount.empty() ? 0 : -turn(mount);
    return result < 0;
  };
  return live::apply(plan, backend, kernel, MPLAN_PREPARE_IN_PLACE);
}

void take_away_root() { ASSERT_EQ(umount2(path("root").c_str(), MNT_DETACH), 0); }

}  // namespace

LIVE_TEST_ONLY(user, LiveC3Remount, IsAllOrNothingByDefault) {
  make_tree_with_a_locked_mount();
  fails_everywhere([](Plan &plan) { add_remount(plan, "/target", 0); },
                   [](const live::Error &error, uint32_t) {
                     EXPECT_EQ(error.error, EPERM);
                     EXPECT_EQ(error.op_name, "remount");
                   });
}

LIVE_TEST_ONLY(user, LiveC3Remount, WithBestEffortSkipsTheMountThatRefuses) {
  make_tree_with_a_locked_mount();
  everywhere([](Plan &plan) { add_remount(plan, "/target", MPLAN_REMOUNT_BEST_EFFORT); }, expect_only_the_locked_mount_as_it_was);
}

LIVE_TEST_ONLY(user, LiveC3Remount, WithBestEffortOfTheRootSkipsTheMountThatRefuses) {
  make_tree_with_a_locked_mount();
  everywhere([](Plan &plan) { add_remount(plan, "/", MPLAN_REMOUNT_BEST_EFFORT); },
             [](const std::string &root) {
               EXPECT_TRUE(mount_at(root)->has("noatime"));
               expect_only_the_locked_mount_as_it_was(root);
             });
}

LIVE_TEST_ONLY(user, LiveC3Remount, WithBestEffortFailsWhereItsTargetRefuses) {
  live::mkdirs(path("source"));
  live::mount_bind("/usr/bin", path("source"));
  fails_everywhere([](Plan &plan) { add_remount(plan, "/target", MPLAN_REMOUNT_BEST_EFFORT); },
                   [](const live::Error &error, uint32_t) { EXPECT_EQ(error.error, EPERM); });
}

LIVE_TEST_ONLY(user, LiveC3Remount, TellsTheMountThatItSkips) {
  make_tree_with_a_locked_mount();
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    std::string root = path("root");
    live::mkdirs(root);
    Plan plan;
    add_remount(plan, "/target", MPLAN_REMOUNT_BEST_EFFORT);
    Refusal refusal;
    mplan_prepare_args args{};
    args.root = root.c_str();
    args.backend = backend;
    args.event = look_for_refusal;
    args.event_data = &refusal;
    mplan_prepared *prepared = nullptr;
    ASSERT_EQ(mplan_prepare(plan.get(), &args, sizeof args, &prepared, nullptr), 0);
    EXPECT_EQ(mplan_apply(prepared, nullptr), 0);
    mplan_prepared_free(prepared);
    EXPECT_TRUE(refusal.told);
    take_away_root();
  }
}

LIVE_TEST(LiveC3Remount, InPlaceGivesBackWhatItChangedWhereAMountMayNotBeSkipped) {
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    auto busy = [](const std::string &mount) { return mount == path("root/c") ? EBUSY : 0; };
    live::Verdict verdict = remount_in_place(backend, MPLAN_REMOUNT_BEST_EFFORT, busy);
    EXPECT_EQ(verdict.result, -EBUSY);
    for (const live::Mount &mount : live::mounts_below(path("root"))) {
      EXPECT_EQ(mount.options, "rw,relatime") << mount;
    }
    take_away_root();
  }
}

LIVE_TEST(LiveC3Remount, SkipsAMountThatIsGoneOnlyWhenAskedTo) {
  for (uint32_t backend : live::backends()) {
    for (auto [flag, expected] : {std::pair{MPLAN_REMOUNT_SKIP_VANISHED, 0}, std::pair{MPLAN_REMOUNT_BEST_EFFORT, -ESTALE}}) {
      SCOPED_TRACE(std::string(mplan_backend_name(backend)) + ", " + std::to_string(expected));
      live::Verdict verdict = remount_in_place(backend, static_cast<uint64_t>(flag), [](const std::string &mount) {
        if (mount == path("root/a")) {
          umount2(path("root/b").c_str(), MNT_DETACH);
        }
        return 0;
      });
      EXPECT_EQ(verdict.result, expected) << verdict.failure.detail;
      EXPECT_EQ(mount_at(path("root/a"))->has("ro"), expected == 0);
      EXPECT_EQ(mount_at(path("root/c"))->has("ro"), expected == 0);
      take_away_root();
    }
  }
}
