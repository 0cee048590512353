// SPDX-License-Identifier: MIT
// overlay: its three forms, layers with any name, and what the kernel refuses.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "live/plan_world.hpp"

using live::everywhere;
using live::fails_everywhere;
using live::mount_at;
using live::path;
using live::Plan;

#define OVERLAY_TEST(name)            \
  LIVE_TEST_BODY(WithOverlay, name);  \
  LIVE_TEST(LiveOverlay, name) {      \
    if (!live::can_mount_overlay()) { \
      GTEST_SKIP() << no_overlay;     \
    }                                 \
    WithOverlay_##name(identity);     \
  }                                   \
  LIVE_TEST_BODY(WithOverlay, name)

namespace {

constexpr const char *no_overlay = "this kernel has no overlay in a user namespace";

// Two layers: top holds `both` and `top`, bottom holds `both` and `bottom`.
void make_layers(const std::string &top = "top", const std::string &bottom = "bottom") {
  live::write_file(path(top + "/both"), "top");
  live::write_file(path(top + "/top"), "top");
  live::write_file(path(bottom + "/both"), "bottom");
  live::write_file(path(bottom + "/bottom"), "bottom");
}

int add_overlay(Plan &plan, uint64_t flags, const std::vector<std::string> &layers, const char *target = "/target") {
  int op = plan.add(mplan_plan_overlay, target, flags);
  for (const std::string &layer : layers) {
    plan.add(mplan_op_add_layer, op, path(layer));
  }
  return op;
}

bool has_super_option(const std::string &at, const std::string &option) {
  return (',' + mount_at(at)->super_options + ',').find(',' + option + ',') != std::string::npos;
}

void make_empty(const std::string &name) {
  std::filesystem::remove_all(path(name));
  live::mkdirs(path(name));
}

}  // namespace

OVERLAY_TEST(ReadOnlyMergesItsLayersTopFirst) {
  make_layers();
  everywhere(
      [](Plan &plan) {
        add_overlay(plan, MPLAN_OVERLAY_READONLY, {"top", "bottom"});
      },
      [](const std::string &root) {
        EXPECT_EQ(mount_at(root + "/target")->type, "overlay");
        EXPECT_EQ(mount_at(root + "/target")->options, "ro,nosuid,nodev,relatime");
        EXPECT_EQ(live::read_file(root + "/target/both"), "top");
        EXPECT_EQ(live::read_file(root + "/target/bottom"), "bottom");
        EXPECT_EQ(live::create_errno(root + "/target/new"), EROFS);
      });
}

OVERLAY_TEST(ReadOnlyWithOneLayerIsAReadOnlyBind) {
  make_layers();
  everywhere([](Plan &plan) { add_overlay(plan, MPLAN_OVERLAY_READONLY, {"top"}); },
             [](const std::string &root) {
               EXPECT_EQ(mount_at(root + "/target")->type, "tmpfs");
               EXPECT_EQ(mount_at(root + "/target")->options, "ro,nosuid,nodev,relatime");
               EXPECT_EQ(live::read_file(root + "/target/top"), "top");
             });
}

OVERLAY_TEST(EphemeralTakesWritesAndLeavesTheLayersAlone) {
  make_layers();
  everywhere(
      [](Plan &plan) {
        add_overlay(plan, MPLAN_OVERLAY_EPHEMERAL, {"top", "bottom"});
      },
      [](const std::string &root) {
        EXPECT_EQ(mount_at(root + "/target")->options, "rw,nosuid,nodev,relatime");
        live::write_file(root + "/target/both", "changed");
        EXPECT_EQ(live::read_file(root + "/target/both"), "changed");
        EXPECT_EQ(live::read_file(path("top/both")), "top");
      });
}

OVERLAY_TEST(EphemeralShowsTheModeOfItsTopLayer) {
  make_layers();
  std::filesystem::permissions(path("top"), std::filesystem::perms(0711));
  everywhere(
      [](Plan &plan) {
        add_overlay(plan, MPLAN_OVERLAY_EPHEMERAL, {"top", "bottom"});
      },
      [](const std::string &root) { EXPECT_EQ(live::mode_of(root + "/target"), 0711u); });
}

OVERLAY_TEST(EphemeralMaySeveralTimesShareALayer) {
  make_layers();
  everywhere(
      [](Plan &plan) {
        add_overlay(plan, MPLAN_OVERLAY_EPHEMERAL, {"top"}, "/one");
        add_overlay(plan, MPLAN_OVERLAY_EPHEMERAL, {"top", "bottom"}, "/two");
      },
      [](const std::string &root) {
        live::write_file(root + "/one/both", "one");
        EXPECT_EQ(live::read_file(root + "/two/both"), "top");
      });
}

OVERLAY_TEST(EphemeralTakesWhatTheNextOpsMake) {
  make_layers();
  live::mkdirs(path("top/dir"));
  everywhere(
      [](Plan &plan) {
        add_overlay(plan, MPLAN_OVERLAY_EPHEMERAL, {"top", "bottom"});
        plan.add(mplan_plan_dir, "/target/dir/below", 0755, 0);
        plan.add(mplan_plan_tmpfs, "/target/tmp", 0, 01777, 0);
        plan.add(mplan_plan_symlink, "text", "/target/dir/link", 0);
        plan.add(mplan_plan_chmod, "/target/both", 0600, 0);
        plan.add(mplan_plan_chmod, "/target/dir", 0700, 0);
      },
      [](const std::string &root) {
        EXPECT_TRUE(live::exists(root + "/target/dir/below"));
        EXPECT_EQ(live::mode_of(root + "/target/both"), 0600u);
        EXPECT_EQ(live::mode_of(root + "/target/dir"), 0700u);
      });
  EXPECT_EQ(live::mode_of(path("top/both")), 0644u);
  EXPECT_FALSE(live::exists(path("top/tmp")));
}

OVERLAY_TEST(AtTheRootIsTheRoot) {
  make_layers();
  for (uint64_t form : {MPLAN_OVERLAY_EPHEMERAL, MPLAN_OVERLAY_READONLY}) {
    everywhere(
        [&](Plan &plan) {
          add_overlay(plan, form, {"top", "bottom"}, "/");
          plan.add(mplan_plan_mask, "/bottom", 0);
        },
        [](const std::string &root) {
          EXPECT_EQ(live::read_file(root + "/both"), "top");
          EXPECT_EQ(live::read_file(root + "/bottom"), "");
        },
        {.except = form == MPLAN_OVERLAY_EPHEMERAL ? uint32_t{MPLAN_BACKEND_CLASSIC} : UINT32_MAX});
  }
}

OVERLAY_TEST(EphemeralAtTheRootIsUnsupportedByTheClassicBackendAtPrepare) {
  make_layers();
  live::mkdirs(path("root"));
  Plan plan;
  add_overlay(plan, MPLAN_OVERLAY_EPHEMERAL, {"top", "bottom"}, "/");
  live::Outcome outcome = live::apply(plan, MPLAN_BACKEND_CLASSIC, path("root"));
  EXPECT_EQ(outcome.error.kind, MPLAN_ERROR_UNSUPPORTED);
  EXPECT_EQ(outcome.error.stage, MPLAN_STAGE_PREPARE);
}

OVERLAY_TEST(PersistentKeepsWritesInItsUpperDirectory) {
  make_layers();
  everywhere(
      [](Plan &plan) {
        make_empty("upper");
        make_empty("work");
        int op = add_overlay(plan, 0, {"top", "bottom"});
        plan.add(mplan_op_set_upper, op, path("upper"), path("work"));
      },
      [](const std::string &root) {
        live::write_file(root + "/target/new", "kept");
        EXPECT_EQ(live::read_file(path("upper/new")), "kept");
        EXPECT_EQ(live::read_file(path("top/both")), "top");
      });
}

OVERLAY_TEST(LayersMayHaveAnyName) {
  for (const char *name : {"colon:comma,back\\slash", "new\nline", "\\054upperdir=evil", "with space", "quote\"'", "percent%s#"}) {
    SCOPED_TRACE(name);
    make_layers(std::string(name) + "1", std::string(name) + "2");
    everywhere(
        [&](Plan &plan) {
          add_overlay(plan, MPLAN_OVERLAY_READONLY, {std::string(name) + "1", std::string(name) + "2"});
        },
        [](const std::string &root) {
          EXPECT_EQ(live::read_file(root + "/target/both"), "top");
          EXPECT_EQ(live::read_file(root + "/target/bottom"), "bottom");
        });
  }
}

OVERLAY_TEST(LayersMayHaveLongPaths) {
  std::string top = std::string(200, 'a') + "/" + std::string(200, 'b');
  std::string bottom = std::string(250, 'c') + "/" + std::string(250, ',');
  make_layers(top, bottom);
  everywhere(
      [&](Plan &plan) {
        add_overlay(plan, MPLAN_OVERLAY_READONLY, {top, bottom});
      },
      [](const std::string &root) {
        EXPECT_EQ(live::read_file(root + "/target/both"), "top");
        EXPECT_EQ(live::read_file(root + "/target/bottom"), "bottom");
      });
}

OVERLAY_TEST(UpperAndWorkMayHaveAnyNameAndALongPath) {
  make_layers();
  std::string upper = std::string(200, 'a') + "/upper:,\\\n" + std::string(150, 'b');
  std::string work = std::string(200, 'a') + "/work:,\\\n" + std::string(150, 'b');
  everywhere(
      [&](Plan &plan) {
        make_empty(upper);
        make_empty(work);
        int op = add_overlay(plan, 0, {"top"});
        plan.add(mplan_op_set_upper, op, path(upper), path(work));
      },
      [&](const std::string &root) {
        live::write_file(root + "/target/new", "kept");
        EXPECT_EQ(live::read_file(path(upper + "/new")), "kept");
      });
}

OVERLAY_TEST(LayerMayBeADescriptor) {
  make_layers();
  live::OpenFd top(path("top"), O_PATH);
  rename(path("top").c_str(), path("renamed").c_str());
  everywhere(
      [&](Plan &plan) {
        int op = plan.add(mplan_plan_overlay, "/target", MPLAN_OVERLAY_READONLY);
        plan.add(mplan_op_add_layer_fd, op, top.get());
        plan.add(mplan_op_add_layer, op, path("bottom"));
      },
      [](const std::string &root) { EXPECT_EQ(live::read_file(root + "/target/both"), "top"); });
}

OVERLAY_TEST(UsesUserAttributesOnlyInUserNamespaces) {
  make_layers();
  bool user = identity == live::Identity::user;
  everywhere(
      [](Plan &plan) {
        add_overlay(plan, MPLAN_OVERLAY_EPHEMERAL, {"top", "bottom"});
      },
      [&](const std::string &root) { EXPECT_EQ(has_super_option(root + "/target", "userxattr"), user); });
}

LIVE_TEST_ONLY(root, LiveOverlay, HasTheOptionsThatWereAskedFor) {
  make_layers();
  constexpr uint64_t flags = MPLAN_OVERLAY_EPHEMERAL | MPLAN_OVERLAY_DEVICE | MPLAN_OVERLAY_REDIRECT_DIR | MPLAN_OVERLAY_METACOPY |
                             MPLAN_OVERLAY_INDEX | MPLAN_OVERLAY_VOLATILE | MPLAN_OVERLAY_XINO;
  everywhere(
      [](Plan &plan) {
        add_overlay(plan, flags, {"top", "bottom"});
      },
      [](const std::string &root) {
        EXPECT_FALSE(mount_at(root + "/target")->has("nodev"));
        for (const char *option : {"redirect_dir=on", "metacopy=on", "index=on", "xino=on"}) {
          EXPECT_TRUE(has_super_option(root + "/target", option)) << option << ' ' << *mount_at(root + "/target");
        }
      });
}

LIVE_TEST_ONLY(root, LiveOverlay, DataLayersAreNotMerged) {
  if (!live::takes_single_layers()) {
    GTEST_SKIP() << "this kernel takes layers as one string alone";
  }
  make_layers();
  live::write_file(path("data/only"), "data");
  everywhere(
      [](Plan &plan) {
        int op = add_overlay(plan, MPLAN_OVERLAY_READONLY | MPLAN_OVERLAY_METACOPY | MPLAN_OVERLAY_REDIRECT_DIR, {"top"});
        plan.add(mplan_op_add_data_layer, op, path("data"));
      },
      [](const std::string &root) {
        EXPECT_EQ(live::read_file(root + "/target/top"), "top");
        EXPECT_FALSE(live::exists(root + "/target/only"));
      });
}

namespace {

// With "file0", "file1" ... in them, and names of 200 bytes that would need escaping.
std::vector<std::string> many_layers(int count) {
  std::vector<std::string> layers;
  for (int i = 0; i < count; i++) {
    layers.push_back("layer:,\\" + std::string(190, 'x') + std::to_string(i));
    live::write_file(path(layers.back() + "/file" + std::to_string(i)), "text");
  }
  return layers;
}

// How many layers a backend takes: as many as fit into what it hands to the kernel.
int most_layers(uint32_t backend) {
  bool one_by_one = backend == MPLAN_BACKEND_DETACHED || (backend == MPLAN_BACKEND_FD && live::takes_single_layers());
  return one_by_one ? 400 : backend == MPLAN_BACKEND_FD ? 23 : 350;
}

live::Outcome apply_layers(const std::vector<std::string> &layers, uint32_t backend) {
  live::mkdirs(path("root"));
  Plan plan;
  add_overlay(plan, MPLAN_OVERLAY_READONLY, layers);
  return live::apply(plan, backend, path("root"));
}

void expect_many_layers() {
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    int most = most_layers(backend);
    live::Outcome outcome = apply_layers(many_layers(most), backend);
    ASSERT_EQ(outcome.result, 0) << outcome.error;
    EXPECT_EQ(live::read_file(path("root/target/file" + std::to_string(most - 1))), "text");
    ASSERT_EQ(umount2(path("root").c_str(), MNT_DETACH), 0);
  }
}

// Layers are handed over by the number of their descriptor, which takes more room the longer it is.
void open_descriptors_up_to(int last) {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  int fd = 0;
  while (fd < last) {
    fd = open("/", O_PATH | O_CLOEXEC);
    ASSERT_GE(fd, 0);
  }
}

}  // namespace

OVERLAY_TEST(TakesManyLayersWithAnyNameAndALongPath) { expect_many_layers(); }

OVERLAY_TEST(TakesManyLayersWhoseDescriptorsHaveLongNumbers) {
  open_descriptors_up_to(1000);
  expect_many_layers();
}

OVERLAY_TEST(OfMoreLayersThanABackendTakesIsUnsupportedAtPrepare) {
  for (uint32_t backend : live::backends()) {
    int most = most_layers(backend);
    if (most == 400) {
      continue;  // the kernel's own limit
    }
    live::Outcome outcome = apply_layers(many_layers(most + 1), backend);
    EXPECT_EQ(outcome.error.kind, MPLAN_ERROR_UNSUPPORTED);
    EXPECT_EQ(outcome.error.stage, MPLAN_STAGE_PREPARE);
  }
}

OVERLAY_TEST(WithManyLayersFindsABackendByItself) {
  live::Outcome outcome = apply_layers(many_layers(100), MPLAN_BACKEND_AUTO);
  ASSERT_EQ(outcome.result, 0) << outcome.error;
  EXPECT_EQ(live::read_file(path("root/target/file99")), "text");
}

OVERLAY_TEST(OfDataLayersIsUnsupportedAtPrepareWhereAllLayersAreOneString) {
  if (live::takes_single_layers()) {
    GTEST_SKIP() << "this kernel takes layers one by one";
  }
  make_layers();
  live::mkdirs(path("root"));
  Plan plan;
  int op = add_overlay(plan, MPLAN_OVERLAY_READONLY | MPLAN_OVERLAY_METACOPY | MPLAN_OVERLAY_REDIRECT_DIR, {"top"});
  plan.add(mplan_op_add_data_layer, op, path("bottom"));
  live::Outcome outcome = live::apply(plan, MPLAN_BACKEND_CLASSIC, path("root"));
  EXPECT_EQ(outcome.error.kind, MPLAN_ERROR_UNSUPPORTED);
  EXPECT_EQ(outcome.error.stage, MPLAN_STAGE_PREPARE);
}

LIVE_TEST_ONLY(user, LiveOverlay, IsUnsupportedAtPrepareWhereTheKernelHasNone) {
  if (live::can_mount_overlay()) {
    GTEST_SKIP() << "this kernel has overlays in user namespaces";
  }
  make_layers();
  live::mkdirs(path("root"));
  Plan plan;
  add_overlay(plan, MPLAN_OVERLAY_EPHEMERAL, {"top"});
  live::Outcome outcome = live::apply(plan, MPLAN_BACKEND_AUTO, path("root"));
  EXPECT_EQ(outcome.error.kind, MPLAN_ERROR_UNSUPPORTED);
  EXPECT_EQ(outcome.error.stage, MPLAN_STAGE_PREPARE);
}

OVERLAY_TEST(OfLayersInsideEachOtherIsAReadableError) {
  live::mkdirs(path("outer/inner"));
  fails_everywhere(
      [](Plan &plan) {
        add_overlay(plan, MPLAN_OVERLAY_READONLY, {"outer", "outer/inner"});
      },
      [](const live::Error &error, uint32_t) {
        EXPECT_EQ(error.error, ELOOP);
        EXPECT_EQ(error.op_name, "overlay");
        EXPECT_EQ(error.detail, "one of the directories lies inside another one");
      });
}

OVERLAY_TEST(ThatIsStackedTooDeepIsAReadableError) {
  make_layers();
  live::mkdirs(path("empty"));
  live::mkdirs(path("one"));
  live::mkdirs(path("two"));
  ASSERT_EQ(mount("one", path("one").c_str(), "overlay", 0, ("lowerdir=" + path("top") + ":" + path("empty")).c_str()), 0);
  ASSERT_EQ(mount("two", path("two").c_str(), "overlay", 0, ("lowerdir=" + path("one") + ":" + path("empty")).c_str()), 0);
  fails_everywhere(
      [](Plan &plan) {
        add_overlay(plan, MPLAN_OVERLAY_READONLY, {"two", "bottom"});
      },
      [](const live::Error &error, uint32_t) {
        EXPECT_EQ(error.error, EINVAL);
        EXPECT_EQ(error.detail, "a layer is an overlay itself, and no more than two can be stacked");
      });
}

OVERLAY_TEST(WithAMissingLayerIsAnErrorOfPrepare) {
  make_layers();
  fails_everywhere(
      [](Plan &plan) {
        add_overlay(plan, MPLAN_OVERLAY_READONLY, {"top", "missing"});
      },
      [](const live::Error &error, uint32_t) {
        EXPECT_EQ(error.message, "op 0 overlay /target: openat " + path("missing") + ": No such file or directory");
        EXPECT_EQ(error.stage, MPLAN_STAGE_PREPARE);
      });
}
