// SPDX-License-Identifier: MIT
// Errors: for a failure of each op, everything the error object says, the same with each backend.
#include <cerrno>

#include "live/plan_world.hpp"

using live::Error;
using live::fails_everywhere;
using live::path;
using live::Plan;

namespace {

constexpr const char *enoent = "No such file or directory";
constexpr const char *no_mount_point = "it is not a mount point";
constexpr const char *directory_on_file = "what is mounted is a directory, the target is a file";

// A plan whose op 0 is a file at /file, op 1 a directory at /dir, and op 2 what `add` adds.
void fails_with(const std::function<void(Plan &)> &add, const Error &expected) {
  fails_everywhere(
      [&](Plan &plan) {
        plan.add(mplan_plan_file, "/file", "x", size_t{1}, 0644, MPLAN_FILE_COPY);
        plan.add(mplan_plan_dir, "/dir", 0755, 0);
        add(plan);
      },
      [&](const Error &error, uint32_t) { EXPECT_EQ(error, expected); });
}

// The error of an op that makes a directory to mount and meets a file.
Error on_file(const char *op, const std::string &message_names) {
  return {.kind = MPLAN_ERROR_STATE,
          .error = ENOTDIR,
          .stage = MPLAN_STAGE_APPLY,
          .op = 2,
          .op_name = op,
          .target = "/file",
          .message = "op 2 " + message_names + " /file: Not a directory (" + directory_on_file + ")",
          .detail = directory_on_file};
}

}  // namespace

LIVE_TEST(LiveErrors, OfBind) {
  fails_with([](Plan &plan) { plan.add(mplan_plan_bind, path("missing"), "/target", 0); },
             {.kind = MPLAN_ERROR_SYSCALL,
              .error = ENOENT,
              .stage = MPLAN_STAGE_PREPARE,
              .op = 2,
              .op_name = "bind",
              .call = "openat",
              .source = path("missing"),
              .target = "/target",
              .message = "op 2 bind " + path("missing") + " -> /target: openat: " + enoent});
}

LIVE_TEST(LiveErrors, OfNewFileSystems) {
  using Adder = int (*)(mplan_plan *, const char *, uint64_t, mplan_error **);
  const std::pair<const char *, Adder> kinds[] = {
      {"proc", mplan_plan_proc},     {"sysfs", mplan_plan_sysfs}, {"devpts", mplan_plan_devpts},
      {"mqueue", mplan_plan_mqueue}, {"ramfs", mplan_plan_ramfs}, {"dev", mplan_plan_dev},
  };
  for (const auto &[name, adder] : kinds) {
    fails_with([adder = adder](Plan &plan) { plan.add(adder, "/file", 0); }, on_file(name, name));
  }
  fails_with([](Plan &plan) { plan.add(mplan_plan_tmpfs, "/file", 0, 0755, 0); }, on_file("tmpfs", "tmpfs"));
}

LIVE_TEST_ONLY(root, LiveErrors, OfBpf) {
  fails_with([](Plan &plan) { plan.add(mplan_plan_bpf, "/file", 0); }, on_file("bpf", "bpf"));
}

LIVE_TEST(LiveErrors, OfOverlay) {
  fails_with(
      [](Plan &plan) {
        int op = plan.add(mplan_plan_overlay, "/target", MPLAN_OVERLAY_READONLY);
        plan.add(mplan_op_add_layer, op, path("missing"));
      },
      {.kind = MPLAN_ERROR_SYSCALL,
       .error = ENOENT,
       .stage = MPLAN_STAGE_PREPARE,
       .op = 2,
       .op_name = "overlay",
       .call = "openat",
       .target = "/target",
       .path = path("missing"),
       .message = "op 2 overlay /target: openat " + path("missing") + ": " + enoent});
}

LIVE_TEST(LiveErrors, OfOpsOnMounts) {
  const std::pair<const char *, std::function<void(Plan &)>> ops[] = {
      {"remount", [](Plan &plan) { plan.add(mplan_plan_remount, "/dir", 0); }},
      {"propagation", [](Plan &plan) { plan.add(mplan_plan_propagation, "/dir", MPLAN_PROPAGATION_SHARED); }},
      {"unmount", [](Plan &plan) { plan.add(mplan_plan_unmount, "/dir", 0); }},
  };
  for (const auto &[name, add] : ops) {
    fails_with(add, {.kind = MPLAN_ERROR_STATE,
                     .error = EINVAL,
                     .stage = MPLAN_STAGE_APPLY,
                     .op = 2,
                     .op_name = name,
                     .target = "/dir",
                     .message = std::string("op 2 ") + name + " /dir: Invalid argument (it is not a mount point)",
                     .detail = no_mount_point});
  }
}

LIVE_TEST(LiveErrors, OfMove) {
  fails_with([](Plan &plan) { plan.add(mplan_plan_move, "/dir", "/target", 0); },
             {.kind = MPLAN_ERROR_STATE,
              .error = EINVAL,
              .stage = MPLAN_STAGE_APPLY,
              .op = 2,
              .op_name = "move",
              .source = "/dir",
              .target = "/target",
              .message = "op 2 move /dir -> /target: Invalid argument (it is not a mount point)",
              .detail = no_mount_point});
}

LIVE_TEST(LiveErrors, OfDir) {
  fails_with([](Plan &plan) { plan.add(mplan_plan_dir, "/file/below", 0755, 0); },
             {.kind = MPLAN_ERROR_SYSCALL,
              .error = ENOTDIR,
              .stage = MPLAN_STAGE_APPLY,
              .op = 2,
              .op_name = "dir",
              .call = "openat2",
              .target = "/file/below",
              .message = "op 2 dir /file/below: openat2: Not a directory"});
}

LIVE_TEST(LiveErrors, OfFile) {
  const char *detail = "what is mounted is a file, the target is a directory";
  fails_with([](Plan &plan) { plan.add(mplan_plan_file, "/dir", "x", size_t{1}, 0444, 0); },
             {.kind = MPLAN_ERROR_STATE,
              .error = EISDIR,
              .stage = MPLAN_STAGE_APPLY,
              .op = 2,
              .op_name = "file",
              .target = "/dir",
              .message = std::string("op 2 file /dir: Is a directory (") + detail + ")",
              .detail = detail});
}

LIVE_TEST(LiveErrors, OfSymlink) {
  const char *detail = "something that is no symbolic link has that name";
  fails_with([](Plan &plan) { plan.add(mplan_plan_symlink, "text", "/dir", 0); },
             {.kind = MPLAN_ERROR_SYSCALL,
              .error = EEXIST,
              .stage = MPLAN_STAGE_APPLY,
              .op = 2,
              .op_name = "symlink",
              .call = "symlinkat",
              .source = "text",
              .target = "/dir",
              .message = std::string("op 2 symlink text -> /dir: symlinkat: File exists (") + detail + ")",
              .detail = detail});
}

LIVE_TEST(LiveErrors, OfChmod) {
  fails_with([](Plan &plan) { plan.add(mplan_plan_chmod, "/missing", 0755, 0); },
             {.kind = MPLAN_ERROR_SYSCALL,
              .error = ENOENT,
              .stage = MPLAN_STAGE_APPLY,
              .op = 2,
              .op_name = "chmod",
              .call = "openat2",
              .target = "/missing",
              .message = std::string("op 2 chmod /missing: openat2: ") + enoent});
}

LIVE_TEST(LiveErrors, OfMask) {
  const char *detail = "the target is a symbolic link, and the op does not follow links";
  fails_everywhere(
      [](Plan &plan) {
        plan.add(mplan_plan_symlink, "text", "/link", 0);
        plan.add(mplan_plan_mask, "/link", 0);
      },
      [&](const Error &error, uint32_t) {
        EXPECT_EQ(error, (Error{.kind = MPLAN_ERROR_SAFETY,
                                .error = ELOOP,
                                .stage = MPLAN_STAGE_APPLY,
                                .op = 1,
                                .op_name = "mask",
                                .target = "/link",
                                .message = std::string("op 1 mask /link: Too many levels of symbolic links (") + detail + ")",
                                .detail = detail}));
      });
}

LIVE_TEST(LiveErrors, OfRoot) {
  fails_with([](Plan &plan) { plan.add(mplan_plan_root, path("missing"), 0); },
             {.kind = MPLAN_ERROR_SYSCALL,
              .error = ENOENT,
              .stage = MPLAN_STAGE_PREPARE,
              .op = 2,
              .op_name = "root",
              .call = "openat",
              .source = path("missing"),
              .target = "/",
              .message = "op 2 root " + path("missing") + " -> /: openat: " + enoent});
}

LIVE_TEST(LiveErrors, OfEtc) {
  fails_with([](Plan &plan) { plan.add(mplan_plan_etc, path("missing"), "prefix", 0); },
             {.kind = MPLAN_ERROR_SYSCALL,
              .error = ENOENT,
              .stage = MPLAN_STAGE_PREPARE,
              .op = 2,
              .op_name = "etc",
              .call = "openat",
              .source = path("missing"),
              .target = "/etc",
              .message = "op 2 etc " + path("missing") + " -> /etc: openat: " + enoent});
}

LIVE_TEST(LiveErrors, NameTheParentThatIsInTheWay) {
  live::mkdirs(path("source"));
  fails_with([](Plan &plan) { plan.add(mplan_plan_bind, path("source"), "/file/below/deep", 0); },
             {.kind = MPLAN_ERROR_SYSCALL,
              .error = ENOTDIR,
              .stage = MPLAN_STAGE_APPLY,
              .op = 2,
              .op_name = "bind",
              .call = "openat2",
              .source = path("source"),
              .target = "/file/below/deep",
              .message = "op 2 bind " + path("source") + " -> /file/below/deep: openat2: Not a directory"});
}

LIVE_TEST(LiveErrors, OfADereferencedSymlinkNameTheLinkAsItWasGiven) {
  live::symlink("text", path("link"));
  fails_with([](Plan &plan) { plan.add(mplan_plan_symlink, path("link"), "/file/below", MPLAN_SYMLINK_DEREFERENCE); },
             {.kind = MPLAN_ERROR_SYSCALL,
              .error = ENOTDIR,
              .stage = MPLAN_STAGE_APPLY,
              .op = 2,
              .op_name = "symlink",
              .call = "openat2",
              .source = path("link"),
              .target = "/file/below",
              .message = "op 2 symlink " + path("link") + " -> /file/below: openat2: Not a directory"});
}
