// SPDX-License-Identifier: MIT
// A tree with 50 nested mounts under a read-only bind: no corner of it can be written.
#include <sys/mount.h>

#include <cerrno>

#include "live/plan_world.hpp"

using live::everywhere;
using live::path;
using live::Plan;

namespace {

struct Nested {
  std::string at;           // below the tree
  unsigned long flags = 0;  // kept by the bind
  bool visible = true;      // not covered by a later one
};

std::vector<Nested> nested_mounts() {
  std::vector<Nested> out = {
      {"a"},
      {"ab"},
      {"a/b"},
      {"a/ab"},
      {"ab/a"},
      {"abc"},
      {"with space"},
      {"with space/inner space"},
      {"new\nline"},
      {"back\\slash"},
      {"back\\slash/\\040"},
      {"tab\there"},
      {"hash#"},
      {"comma,colon:"},
      {"noatime", MS_NOATIME},
      {"strictatime", MS_STRICTATIME},
      {"nodiratime", MS_NODIRATIME | MS_RELATIME},
      {"noexec", MS_NOEXEC | MS_RELATIME},
      {"noatime/strictatime", MS_STRICTATIME},
      {"nosymfollow", 256 | MS_RELATIME},
      {"stack", 0, false},
      {"stack", 0, false},
      {"stack"},
      {"stack/on top"},
      {"over", 0, false},
      {"over/inner", 0, false},
      {"over"},
      {"over/inner"},
      {"under/x/y", 0, false},
      {"under/x"},
      {"under2/x/y", 0, false},
      {"under2"},
  };
  std::string deep = "deep";
  for (int i = 0; i < 9; i++) {
    deep += "/" + std::to_string(i);
    out.push_back({deep});
  }
  for (int i = 0; out.size() < 50; i++) {
    out.push_back({"sibling" + std::to_string(i)});
  }
  return out;
}

void make_tree(const std::vector<Nested> &nested) {
  live::mkdirs(path("tree"));
  for (const Nested &one : nested) {
    std::string at = path("tree/" + one.at);
    live::mount_tmpfs(at);
    live::write_file(at + "/probe", "text");
    if (one.flags != 0) {
      live::remount(at, one.flags);
    }
  }
  live::write_file(path("tree/probe"), "text");
}

void expect_read_only(const std::string &target, const std::vector<Nested> &nested) {
  EXPECT_EQ(live::write_errno(target + "/probe"), EROFS);
  for (const Nested &one : nested) {
    if (one.visible) {
      EXPECT_EQ(live::write_errno(target + "/" + one.at + "/probe"), EROFS) << one.at;
      EXPECT_EQ(live::create_errno(target + "/" + one.at + "/new"), EROFS) << one.at;
    }
  }
}

}  // namespace

LIVE_TEST(LiveNested, NoneOf50MountsCanBeWrittenUnderAReadOnlyBind) {
  std::vector<Nested> nested = nested_mounts();
  ASSERT_EQ(nested.size(), 50u);
  make_tree(nested);
  ASSERT_EQ(live::mounts_below(path("tree")).size(), 50u);
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("tree"), "/target", 0); },
             [&](const std::string &root) {
               EXPECT_EQ(live::mounts_below(root + "/target").size(), 51u);
               expect_read_only(root + "/target", nested);
             });
  for (const Nested &one : nested) {
    if (one.visible) {
      EXPECT_EQ(live::write_errno(path("tree/" + one.at + "/probe")), 0) << one.at << " of the source has changed";
    }
  }
}

LIVE_TEST(LiveNested, EachMountKeepsItsFlagsUnderAReadOnlyBind) {
  std::vector<Nested> nested = nested_mounts();
  make_tree(nested);
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("tree"), "/target", 0); },
             [&](const std::string &root) {
               for (const Nested &one : nested) {
                 if (!one.visible) {
                   continue;
                 }
                 live::Mount mount = *live::visible_mount(root, root + "/target/" + one.at);
                 EXPECT_EQ(mount.has("noatime"), (one.flags & MS_NOATIME) != 0) << mount;
                 EXPECT_EQ(mount.has("relatime"), (one.flags & (MS_NOATIME | MS_STRICTATIME)) == 0) << mount;
                 EXPECT_EQ(mount.has("nodiratime"), (one.flags & MS_NODIRATIME) != 0) << mount;
                 EXPECT_EQ(mount.has("noexec"), (one.flags & MS_NOEXEC) != 0) << mount;
                 EXPECT_EQ(mount.has("nosymfollow"), (one.flags & 256) != 0) << mount;
                 EXPECT_TRUE(mount.has("ro") && mount.has("nosuid") && mount.has("nodev")) << mount;
               }
             });
}

LIVE_TEST(LiveNested, NoneOf50MountsCanBeWrittenAfterARecursiveRemount) {
  std::vector<Nested> nested = nested_mounts();
  make_tree(nested);
  everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_bind, path("tree"), "/target", MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE);
        plan.add(mplan_plan_remount, "/target", MPLAN_BIND_RECURSIVE);
      },
      [&](const std::string &root) { expect_read_only(root + "/target", nested); });
}

LIVE_TEST(LiveNested, NoneOf50MountsCanBeWrittenWhenTheTreeIsTheRoot) {
  std::vector<Nested> nested = nested_mounts();
  make_tree(nested);
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("tree"), "/", 0); },
             [&](const std::string &root) { expect_read_only(root, nested); });
}

LIVE_TEST(LiveNested, NoneOf50MountsCanBeWrittenInPlace) {
  std::vector<Nested> nested = nested_mounts();
  make_tree(nested);
  everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("tree"), "/target", 0); },
             [&](const std::string &root) { expect_read_only(root + "/target", nested); },
             live::in_place([](const std::string &root) { live::mkdirs(root + "/target"); }));
}
