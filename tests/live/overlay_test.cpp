// SPDX-License-Identifier: MIT
// overlay: its three forms, layers with any name, and what the kernel refuses.
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "live/plan_world.hpp"

using live::everywhere;
using live::fails_everywhere;
using live::mount_at;
using live::path;
using live::Plan;

namespace {

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

LIVE_TEST(LiveOverlay, ReadOnlyMergesItsLayersTopFirst) {
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

LIVE_TEST(LiveOverlay, ReadOnlyWithOneLayerIsAReadOnlyBind) {
  make_layers();
  everywhere([](Plan &plan) { add_overlay(plan, MPLAN_OVERLAY_READONLY, {"top"}); },
             [](const std::string &root) {
               EXPECT_EQ(mount_at(root + "/target")->type, "tmpfs");
               EXPECT_EQ(mount_at(root + "/target")->options, "ro,nosuid,nodev,relatime");
               EXPECT_EQ(live::read_file(root + "/target/top"), "top");
             });
}

LIVE_TEST(LiveOverlay, EphemeralTakesWritesAndLeavesTheLayersAlone) {
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

LIVE_TEST(LiveOverlay, EphemeralShowsTheModeOfItsTopLayer) {
  make_layers();
  std::filesystem::permissions(path("top"), std::filesystem::perms(0711));
  everywhere(
      [](Plan &plan) {
        add_overlay(plan, MPLAN_OVERLAY_EPHEMERAL, {"top", "bottom"});
      },
      [](const std::string &root) { EXPECT_EQ(live::mode_of(root + "/target"), 0711u); });
}

LIVE_TEST(LiveOverlay, EphemeralMaySeveralTimesShareALayer) {
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

LIVE_TEST(LiveOverlay, EphemeralTakesWhatTheNextOpsMake) {
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

LIVE_TEST(LiveOverlay, AtTheRootIsTheRoot) {
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

LIVE_TEST(LiveOverlay, EphemeralAtTheRootIsUnsupportedByTheClassicBackendAtPrepare) {
  make_layers();
  live::mkdirs(path("root"));
  Plan plan;
  add_overlay(plan, MPLAN_OVERLAY_EPHEMERAL, {"top", "bottom"}, "/");
  live::Outcome outcome = live::apply(plan, MPLAN_BACKEND_CLASSIC, path("root"));
  EXPECT_EQ(outcome.error.kind, MPLAN_ERROR_UNSUPPORTED);
  EXPECT_EQ(outcome.error.stage, MPLAN_STAGE_PREPARE);
}

LIVE_TEST(LiveOverlay, PersistentKeepsWritesInItsUpperDirectory) {
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

LIVE_TEST(LiveOverlay, LayersMayHaveAnyName) {
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

LIVE_TEST(LiveOverlay, LayersMayHaveLongPaths) {
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

LIVE_TEST(LiveOverlay, UpperAndWorkMayHaveAnyNameAndALongPath) {
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

LIVE_TEST(LiveOverlay, LayerMayBeADescriptor) {
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

LIVE_TEST(LiveOverlay, UsesUserAttributesOnlyInUserNamespaces) {
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

LIVE_TEST(LiveOverlay, TakesManyLayers) {
  std::vector<std::string> layers;
  for (int i = 0; i < 121; i++) {
    layers.push_back("layer" + std::to_string(i));
    live::write_file(path(layers.back() + "/file" + std::to_string(i)), "text");
  }
  auto build = [&](Plan &plan) { add_overlay(plan, MPLAN_OVERLAY_READONLY, layers); };
  everywhere(build, [](const std::string &root) { EXPECT_EQ(live::read_file(root + "/target/file120"), "text"); },
             {.except = MPLAN_BACKEND_CLASSIC});
  Plan plan;
  build(plan);
  live::Outcome outcome = live::apply(plan, MPLAN_BACKEND_CLASSIC, path("root"));
  EXPECT_EQ(outcome.error.kind, MPLAN_ERROR_UNSUPPORTED);
  EXPECT_EQ(outcome.error.stage, MPLAN_STAGE_PREPARE);
  layers.pop_back();
  everywhere(build, [](const std::string &root) { EXPECT_EQ(live::read_file(root + "/target/file119"), "text"); });
}

LIVE_TEST(LiveOverlay, OfLayersInsideEachOtherIsAReadableError) {
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

LIVE_TEST(LiveOverlay, ThatIsStackedTooDeepIsAReadableError) {
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

LIVE_TEST(LiveOverlay, WithAMissingLayerIsAnErrorOfPrepare) {
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
