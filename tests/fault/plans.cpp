// SPDX-License-Identifier: MIT
#include "fault/plans.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>

#include "live/harness.hpp"

namespace fault {

namespace {

std::string host(const char *name) { return live::path(std::string("host/") + name); }

void bind(Plan &plan) {
  plan.add(mplan_plan_bind, host("tree"), "/new/data", 0);
  plan.add(mplan_plan_bind, host("note"), "/there/note", 0);
  plan.add(mplan_plan_bind, host("tree"), "/writable", MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE);
  plan.add(mplan_plan_bind, host("missing"), "/skipped", MPLAN_BIND_OPTIONAL);
}

void bind_descriptor(Plan &plan) {
  int fd = open(host("tree").c_str(), O_PATH | O_CLOEXEC);
  plan.add(mplan_plan_bind_fd, fd, "/whole", 0);
  int op = plan.add(mplan_plan_bind_fd, fd, "/part", 0);
  plan.add(mplan_op_set_source_path, op, "below");
  close(fd);
}

void ensure(Plan &plan) { plan.add(mplan_plan_bind, host("ensured/a/b"), "/ensured", MPLAN_BIND_ENSURE); }

void tmpfs(Plan &plan) {
  int op = plan.add(mplan_plan_tmpfs, "/a/tmp", uint64_t{1} << 20, 01777, 0);
  plan.add(mplan_op_set_inodes, op, 64);
  plan.add(mplan_plan_tmpfs, "/readonly", 0, 0755, MPLAN_TMPFS_READONLY);
}

void entries(Plan &plan) {
  plan.add(mplan_plan_dir, "/a/b/c", 0700, 0);
  plan.add(mplan_plan_symlink, "b/c", "/a/link", 0);
  plan.add(mplan_plan_symlink, "b/c", "/a/link", 0);
  plan.add(mplan_plan_symlink, host("etc/mtab"), "/mounts", MPLAN_SYMLINK_DEREFERENCE);
  plan.add(mplan_plan_file, "/a/link/copy", "text", 4, 0640, MPLAN_FILE_COPY);
  plan.add(mplan_plan_chmod, "/a/b", 0711, 0);
  plan.add(mplan_plan_chmod, "/a/link/copy", 0600, 0);
}

void files(Plan &plan) {
  plan.add(mplan_plan_file, "/etc/note", "text", 4, 0444, 0);
  int fd = open(host("note").c_str(), O_RDONLY | O_CLOEXEC);
  plan.add(mplan_plan_file_fd, fd, "/etc/copy", 0400, 0);
  close(fd);
}

void proc(Plan &plan) {
  plan.add(mplan_plan_proc, "/proc", 0);
  plan.add(mplan_plan_proc, "/other/proc", MPLAN_PROC_HIDEPID_INVISIBLE | MPLAN_PROC_SUBSET_PID);
  plan.add(mplan_plan_sysfs, "/sys", 0);
}

void file_systems(Plan &plan) {
  plan.add(mplan_plan_devpts, "/pts", 0);
  plan.add(mplan_plan_mqueue, "/mqueue", 0);
  plan.add(mplan_plan_ramfs, "/ramfs", 0);
}

void bpf(Plan &plan) { plan.add(mplan_plan_bpf, "/bpf", 0); }

void dev(Plan &plan) { plan.add(mplan_plan_dev, "/dev", MPLAN_DEV_MQUEUE); }

void dev_writable(Plan &plan) { plan.add(mplan_plan_dev, "/dev", MPLAN_DEV_WRITABLE); }

int overlay(Plan &plan, const char *target, uint64_t flags, int layers) {
  static constexpr const char *lower[] = {"lower1", "lower2"};
  int op = plan.add(mplan_plan_overlay, target, flags);
  for (int i = 0; i < layers; i++) {
    plan.add(mplan_op_add_layer, op, host(lower[i]));
  }
  return op;
}

void overlays(Plan &plan) {
  overlay(plan, "/ephemeral", MPLAN_OVERLAY_EPHEMERAL, 2);
  overlay(plan, "/readonly", MPLAN_OVERLAY_READONLY, 2);
  overlay(plan, "/one", MPLAN_OVERLAY_READONLY, 1);
  plan.add(mplan_plan_chmod, "/ephemeral/two", 0600, 0);
}

void overlay_persistent(Plan &plan) { plan.add(mplan_op_set_upper, overlay(plan, "/merged", 0, 1), host("upper"), host("work")); }

void mask(Plan &plan) {
  plan.add(mplan_plan_bind, host("tree"), "/data", 0);
  plan.add(mplan_plan_mask, "/data/note", 0);
  plan.add(mplan_plan_mask, "/data/below", 0);
  plan.add(mplan_plan_mask, "/data/other", 0);
}

void at_root(Plan &plan) {
  plan.add(mplan_plan_dir, "/a", 0755, 0);
  plan.add(mplan_plan_chmod, "/", 0711, 0);
  plan.add(mplan_plan_propagation, "/", MPLAN_PROPAGATION_PRIVATE);
  plan.add(mplan_plan_remount, "/", MPLAN_BIND_DEVICE);
}

void remount(Plan &plan) {
  plan.add(mplan_plan_tmpfs, "/a", 0, 0755, 0);
  plan.add(mplan_plan_remount, "/a", 0);
  plan.add(mplan_plan_bind, host("tree"), "/data", MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE);
  plan.add(mplan_plan_remount, "/data", MPLAN_BIND_RECURSIVE);
}

void remount_skipping(Plan &plan) {
  plan.add(mplan_plan_bind, host("tree"), "/data", MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE);
  plan.add(mplan_plan_remount, "/data", uint64_t{MPLAN_BIND_RECURSIVE} | MPLAN_REMOUNT_SKIP_AUTOFS);
}

void propagation(Plan &plan) {
  plan.add(mplan_plan_tmpfs, "/a", 0, 0755, 0);
  plan.add(mplan_plan_propagation, "/a", MPLAN_PROPAGATION_SHARED);
}

void move(Plan &plan) {
  plan.add(mplan_plan_tmpfs, "/a", 0, 0755, 0);
  plan.add(mplan_plan_move, "/a", "/new/place", 0);
  plan.add(mplan_plan_file, "/new/file", "text", 4, 0444, 0);
}

void unmount(Plan &plan) {
  plan.add(mplan_plan_tmpfs, "/a", 0, 0755, 0);
  plan.add(mplan_plan_tmpfs, "/b", 0, 0755, 0);
  plan.add(mplan_plan_unmount, "/a", 0);
}

void helpers(Plan &plan) {
  plan.add(mplan_plan_root, host("root"), 0);
  plan.add(mplan_plan_etc, host("etc"), "id", 0);
}

void bind_root(Plan &plan) {
  plan.add(mplan_plan_bind, host("tree"), "/", MPLAN_BIND_WRITABLE);
  plan.add(mplan_plan_tmpfs, "/below", 0, 0755, 0);
}

void overlay_root(Plan &plan) {
  overlay(plan, "/", MPLAN_OVERLAY_EPHEMERAL, 2);
  plan.add(mplan_plan_dir, "/made/here", 0755, 0);
  plan.add(mplan_plan_file, "/made/note", "text", 4, 0444, 0);
}

void combined(Plan &plan) {
  plan.add(mplan_plan_bind, host("tree"), "/usr", 0);
  plan.add(mplan_plan_symlink, "usr/below", "/bin", 0);
  plan.add(mplan_plan_proc, "/proc", 0);
  plan.add(mplan_plan_dev, "/dev", 0);
  plan.add(mplan_plan_tmpfs, "/tmp", 0, 01777, 0);
  plan.add(mplan_plan_file, "/tmp/note", "text", 4, 0444, 0);
  overlay(plan, "/merged", MPLAN_OVERLAY_EPHEMERAL, 2);
  plan.add(mplan_plan_mask, "/usr/note", 0);
}

constexpr Reference all[] = {
    {"bind", bind},
    {"bind_descriptor", bind_descriptor},
    {"ensure", ensure},
    {"tmpfs", tmpfs},
    {"entries", entries},
    {"files", files},
    {"proc", proc},
    {"file_systems", file_systems},
    {"bpf", bpf, true, true},
    {"dev", dev},
    {"dev_writable", dev_writable},
    {"overlays", overlays, true, false, true},
    {"overlay_persistent", overlay_persistent, true, false, true},
    {"mask", mask},
    {"at_root", at_root, false},
    {"remount", remount},
    {"remount_skipping", remount_skipping},
    {"propagation", propagation},
    {"move", move},
    {"unmount", unmount},
    {"helpers", helpers},
    {"bind_root", bind_root, false},
    {"overlay_root", overlay_root, false, false, true},
    {"combined", combined, true, false, true},
};

}  // namespace

std::span<const Reference> plans() { return all; }

void furnish() {
  live::write_file(host("tree/note"), "a note");
  live::write_file(host("tree/other"), "another");
  live::mount_tmpfs(host("tree/below"));
  live::write_file(host("tree/below/deep/file"), "below");
  live::write_file(host("note"), "content");
  live::write_file(host("lower1/one"), "1");
  live::write_file(host("lower2/two"), "2");
  live::mkdirs(host("upper"));
  live::mkdirs(host("work"));
  live::write_file(host("root/bin/tool"), "tool");
  live::symlink("bin", host("root/sbin"));
  live::write_file(host("etc/hosts"), "hosts");
  live::write_file(host("etc/passwd"), "passwd");
  live::symlink("/proc/mounts", host("etc/mtab"));
  live::write_file(live::path("fresh/under"), "under");
  furnish_tree();
}

bool is_written(const std::string &path) { return path == host("upper") || path == host("work"); }

void furnish_tree() {
  live::mount_tmpfs(live::path("tree"));
  live::write_file(live::path("tree/there/file"), "there");
  std::filesystem::permissions(live::path("tree/there"), std::filesystem::perms{0711});
  live::symlink("there", live::path("tree/link"));
  live::mount_tmpfs(live::path("tree/mounted"));
}

}  // namespace fault
