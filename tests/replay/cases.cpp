// SPDX-License-Identifier: MIT
// Sources are what every host has, or in host/, which is the working directory; the fresh root is over /usr, and in place it is /tmp.
#include "replay/cases.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "replay/sandbox_plan.hpp"

namespace replay {

namespace {

constexpr Setting fresh{.root = "/usr"};
constexpr Setting in_place{.flags = MPLAN_PREPARE_IN_PLACE, .root = "/tmp"};
constexpr Setting pivot{.flags = MPLAN_PREPARE_PIVOT};
constexpr Setting deferred{.flags = MPLAN_PREPARE_PIVOT | MPLAN_PREPARE_DEFERRED};
constexpr Setting from_host{.flags = MPLAN_PREPARE_PIVOT | MPLAN_PREPARE_DEFERRED, .from_host = true};

struct Opened {
  int fd;
  explicit Opened(const char *path, int flags) : fd(open(path, flags | O_CLOEXEC)) {}
  Opened(const Opened &) = delete;
  Opened &operator=(const Opened &) = delete;
  ~Opened() { close(fd); }
};

void bind_fd(Plan &plan) {
  Opened source("/usr", O_PATH);
  int op = plan.add(mplan_plan_bind_fd, source.fd, "/data", 0);
  plan.add(mplan_op_set_source_path, op, "bin");
}

void file_fd(Plan &plan) {
  Opened source("root/note", O_RDONLY);
  plan.add(mplan_plan_file_fd, source.fd, "/copy", 0444, 0);
}

// trusted.* attributes always, since whether they are the default depends on the user namespace of the test.
int overlay(Plan &plan, uint64_t flags, int layers) {
  static constexpr const char *lower[] = {"/usr", "/proc"};
  int op = plan.add(mplan_plan_overlay, "/merged", flags | MPLAN_OVERLAY_TRUSTED_XATTR);
  for (int i = 0; i < layers; i++) {
    plan.add(mplan_op_add_layer, op, lower[i]);
  }
  return op;
}

void mask(Plan &plan) {
  plan.add(mplan_plan_file, "/secret", "x", 1, 0400, MPLAN_FILE_COPY);
  plan.add(mplan_plan_mask, "/secret", 0);
  plan.add(mplan_plan_dir, "/hidden", 0700, 0);
  plan.add(mplan_plan_mask, "/hidden", 0);
  plan.add(mplan_plan_mask, "/missing", 0);
}

void combined(Plan &plan) {
  plan.add(mplan_plan_set_flags, MPLAN_PLAN_CREATE);
  plan.add(mplan_plan_bind, "/usr", "/mountplan-replay/usr", 0);
  plan.add(mplan_plan_symlink, "usr/bin", "/mountplan-replay/bin", 0);
  plan.add(mplan_plan_tmpfs, "/mountplan-replay/tmp", 0, 01777, 0);
  plan.add(mplan_plan_file, "/mountplan-replay/tmp/note", "text", 4, 0444, 0);
}

constexpr Case all[] = {
    {"bind", [](Plan &p) { p.add(mplan_plan_bind, "/usr", "/a/b", 0); }, fresh},
    {"bind_file", [](Plan &p) { p.add(mplan_plan_bind, "/dev/null", "/null", MPLAN_BIND_DEVICE); }, fresh},
    {"bind_writable", [](Plan &p) { p.add(mplan_plan_bind, "/usr", "/usr", MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE); }, fresh},
    {"bind_optional_missing", [](Plan &p) { p.add(mplan_plan_bind, "/no such thing", "/usr", MPLAN_BIND_OPTIONAL); }, fresh},
    {"bind_ensure", [](Plan &p) { p.add(mplan_plan_bind, "/tmp/mountplan-replay/a", "/a", MPLAN_BIND_ENSURE); }, fresh},
    {"bind_missing", [](Plan &p) { p.add(mplan_plan_bind, "/no such thing", "/usr", 0); }, fresh},
    {"bind_fd", bind_fd, fresh},
    {"bind_at_root", [](Plan &p) { p.add(mplan_plan_bind, "/usr", "/", 0); }, fresh},
    {"bind_deferred", [](Plan &p) { p.add(mplan_plan_bind, "/usr", "/usr", 0); }, deferred},
    {"bind_from_host",
     [](Plan &p) {
       p.add(mplan_plan_bind, "/usr", "/usr", 0);
       p.add(mplan_plan_tmpfs, "/tmp", 0, 01777, 0);
     },
     from_host},
    {"bind_in_place",
     [](Plan &p) {
       p.add(mplan_plan_set_flags, MPLAN_PLAN_CREATE);
       p.add(mplan_plan_bind, "/usr", "/mountplan-replay/usr", 0);
     },
     in_place},
    {"bind_without_openat2",
     [](Plan &p) {
       p.add(mplan_plan_symlink, "/dir/../dir", "/link", 0);
       p.add(mplan_plan_dir, "/dir/below", 0755, 0);
       p.add(mplan_plan_bind, "/usr", "/link/below/deep", 0);
     },
     {.root = "/usr", .has_openat2 = false}},
    {"remount",
     [](Plan &p) {
       p.add(mplan_plan_tmpfs, "/a", 0, 0755, 0);
       p.add(mplan_plan_remount, "/a", 0);
     },
     fresh},
    {"remount_recursive",
     [](Plan &p) {
       p.add(mplan_plan_tmpfs, "/a", 0, 0755, 0);
       p.add(mplan_plan_tmpfs, "/a/b", 0, 0755, 0);
       p.add(mplan_plan_remount, "/a", MPLAN_BIND_RECURSIVE);
     },
     fresh},
    {"tmpfs",
     [](Plan &p) {
       int op = p.add(mplan_plan_tmpfs, "/tmp", uint64_t{1} << 20, 01777, 0);
       p.add(mplan_op_set_inodes, op, 64);
     },
     fresh},
    {"tmpfs_read_only", [](Plan &p) { p.add(mplan_plan_tmpfs, "/tmp", 0, 0755, MPLAN_TMPFS_READONLY); }, fresh},
    {"proc", [](Plan &p) { p.add(mplan_plan_proc, "/proc", MPLAN_PROC_HIDEPID_INVISIBLE | MPLAN_PROC_SUBSET_PID); }, fresh},
    {"sysfs", [](Plan &p) { p.add(mplan_plan_sysfs, "/sys", 0); }, fresh},
    {"devpts", [](Plan &p) { p.add(mplan_plan_devpts, "/pts", 0); }, fresh},
    {"mqueue", [](Plan &p) { p.add(mplan_plan_mqueue, "/mqueue", 0); }, fresh},
    {"bpf", [](Plan &p) { p.add(mplan_plan_bpf, "/bpf", 0); }, fresh},
    {"ramfs", [](Plan &p) { p.add(mplan_plan_ramfs, "/ramfs", 0); }, fresh},
    {"dev", [](Plan &p) { p.add(mplan_plan_dev, "/dev", 0); }, fresh},
    {"dev_writable", [](Plan &p) { p.add(mplan_plan_dev, "/dev", MPLAN_DEV_WRITABLE | MPLAN_DEV_MQUEUE); }, fresh},
    {"dev_console", [](Plan &p) { p.add(mplan_plan_dev, "/dev", MPLAN_DEV_CONSOLE); }, {.root = "/usr", .has_terminal = true}},
    {"dev_without_console", [](Plan &p) { p.add(mplan_plan_dev, "/dev", MPLAN_DEV_CONSOLE); }, fresh},
    {"overlay_ephemeral", [](Plan &p) { overlay(p, MPLAN_OVERLAY_EPHEMERAL, 2); }, fresh},
    {"overlay_read_only", [](Plan &p) { overlay(p, MPLAN_OVERLAY_READONLY, 2); }, fresh},
    {"overlay_one_layer", [](Plan &p) { overlay(p, MPLAN_OVERLAY_READONLY, 1); }, fresh},
    {"overlay_persistent", [](Plan &p) { p.add(mplan_op_set_upper, overlay(p, MPLAN_OVERLAY_VOLATILE, 1), "/tmp", "/var"); }, fresh},
    {"dir", [](Plan &p) { p.add(mplan_plan_dir, "/a/b", 0700, 0); }, fresh},
    {"file", [](Plan &p) { p.add(mplan_plan_file, "/a/note", "text", 4, 0444, 0); }, fresh},
    {"file_fd", file_fd, fresh},
    {"file_copy", [](Plan &p) { p.add(mplan_plan_file, "/note", "text", 4, 0640, MPLAN_FILE_COPY); }, fresh},
    {"symlink", [](Plan &p) { p.add(mplan_plan_symlink, "usr/bin", "/a/bin", 0); }, fresh},
    {"symlink_dereference", [](Plan &p) { p.add(mplan_plan_symlink, "/proc/mounts", "/mounts", MPLAN_SYMLINK_DEREFERENCE); }, fresh},
    {"chmod",
     [](Plan &p) {
       p.add(mplan_plan_dir, "/a", 0755, 0);
       p.add(mplan_plan_chmod, "/a", 0700, 0);
     },
     fresh},
    {"mask", mask, fresh},
    {"propagation", [](Plan &p) { p.add(mplan_plan_propagation, "/", uint64_t{MPLAN_PROPAGATION_SLAVE} | MPLAN_PROPAGATION_RECURSIVE); },
     fresh},
    {"move",
     [](Plan &p) {
       p.add(mplan_plan_tmpfs, "/a", 0, 0755, 0);
       p.add(mplan_plan_move, "/a", "/b", 0);
     },
     fresh},
    {"unmount",
     [](Plan &p) {
       p.add(mplan_plan_tmpfs, "/a", 0, 0755, 0);
       p.add(mplan_plan_unmount, "/a", 0);
     },
     fresh},
    {"root", [](Plan &p) { p.add(mplan_plan_root, "root", 0); }, fresh},
    {"etc", [](Plan &p) { p.add(mplan_plan_etc, "etc", "id", 0); }, fresh},
    {"combined", combined, fresh},
    {"combined_in_place", combined, in_place},
    {"combined_pivot", combined, pivot},
    {"sandbox_pivot", sandbox_of_twenty_ops, pivot},
    {"probing", [](Plan &p) { p.add(mplan_plan_dir, "/a", 0755, 0); }, {.root = "/usr", .probes = true}},
};

}  // namespace

std::span<const Case> cases() { return all; }

}  // namespace replay
