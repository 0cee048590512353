// SPDX-License-Identifier: MIT
// All adders as a table, so that what holds for every adder is tested on every adder.
#pragma once

#include <mountplan/plan.h>

#include <ostream>

namespace mountplan::test {

constexpr int file_descriptor = 0;  // standard input of the test program: always open

struct Adder {
  const char *name;  // of the test
  uint32_t kind;
  uint64_t known;     // flags it takes
  uint64_t needed;    // flags without which nothing can be added
  bool takes_target;  // the caller says where
  int (*add)(mplan_plan *, const char *target, uint64_t flags, mplan_error **);
};

inline std::ostream &operator<<(std::ostream &out, const Adder &adder) { return out << adder.name; }

constexpr uint64_t bind_flags = MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE | MPLAN_BIND_OPTIONAL | MPLAN_BIND_ENSURE | MPLAN_BIND_RECURSIVE;

inline constexpr Adder adders[] = {
    {"Bind", MPLAN_OP_BIND, bind_flags, 0, true,
     [](mplan_plan *p, const char *t, uint64_t f, mplan_error **e) { return mplan_plan_bind(p, "/usr", t, f, e); }},
    {"BindFd", MPLAN_OP_BIND, bind_flags, 0, true,
     [](mplan_plan *p, const char *t, uint64_t f, mplan_error **e) { return mplan_plan_bind_fd(p, file_descriptor, t, f, e); }},
    {"Remount", MPLAN_OP_REMOUNT,
     MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE | MPLAN_BIND_RECURSIVE | MPLAN_REMOUNT_BEST_EFFORT | MPLAN_REMOUNT_SKIP_AUTOFS |
         MPLAN_REMOUNT_SKIP_VANISHED,
     0, true, mplan_plan_remount},
    {"Tmpfs", MPLAN_OP_TMPFS, MPLAN_TMPFS_READONLY, 0, true,
     [](mplan_plan *p, const char *t, uint64_t f, mplan_error **e) { return mplan_plan_tmpfs(p, t, 4096, 01777, f, e); }},
    {"Proc", MPLAN_OP_PROC,
     MPLAN_PROC_HIDEPID_NOACCESS | MPLAN_PROC_HIDEPID_INVISIBLE | MPLAN_PROC_HIDEPID_PTRACEABLE | MPLAN_PROC_SUBSET_PID |
         MPLAN_PROC_FALLBACK_SUBSET | MPLAN_PROC_FALLBACK_BIND,
     0, true, mplan_plan_proc},
    {"Sysfs", MPLAN_OP_SYSFS, 0, 0, true, mplan_plan_sysfs},
    {"Devpts", MPLAN_OP_DEVPTS, 0, 0, true, mplan_plan_devpts},
    {"Mqueue", MPLAN_OP_MQUEUE, 0, 0, true, mplan_plan_mqueue},
    {"Bpf", MPLAN_OP_BPF, 0, 0, true, mplan_plan_bpf},
    {"Ramfs", MPLAN_OP_RAMFS, 0, 0, true, mplan_plan_ramfs},
    {"Dev", MPLAN_OP_DEV, MPLAN_DEV_WRITABLE | MPLAN_DEV_MQUEUE | MPLAN_DEV_CONSOLE, 0, true, mplan_plan_dev},
    {"Overlay", MPLAN_OP_OVERLAY,
     MPLAN_OVERLAY_EPHEMERAL | MPLAN_OVERLAY_READONLY | MPLAN_OVERLAY_DEVICE | MPLAN_OVERLAY_TRUSTED_XATTR | MPLAN_OVERLAY_REDIRECT_DIR |
         MPLAN_OVERLAY_METACOPY | MPLAN_OVERLAY_INDEX | MPLAN_OVERLAY_VOLATILE | MPLAN_OVERLAY_XINO,
     0, true, mplan_plan_overlay},
    {"Dir", MPLAN_OP_DIR, 0, 0, true,
     [](mplan_plan *p, const char *t, uint64_t f, mplan_error **e) { return mplan_plan_dir(p, t, 0755, f, e); }},
    {"File", MPLAN_OP_FILE, MPLAN_FILE_WRITABLE | MPLAN_FILE_COPY, 0, true,
     [](mplan_plan *p, const char *t, uint64_t f, mplan_error **e) { return mplan_plan_file(p, t, "data", 4, 0444, f, e); }},
    {"FileFd", MPLAN_OP_FILE, MPLAN_FILE_WRITABLE | MPLAN_FILE_COPY, 0, true,
     [](mplan_plan *p, const char *t, uint64_t f, mplan_error **e) { return mplan_plan_file_fd(p, file_descriptor, t, 0444, f, e); }},
    {"Symlink", MPLAN_OP_SYMLINK, MPLAN_SYMLINK_DEREFERENCE, 0, true,
     [](mplan_plan *p, const char *t, uint64_t f, mplan_error **e) { return mplan_plan_symlink(p, "/text", t, f, e); }},
    {"Chmod", MPLAN_OP_CHMOD, 0, 0, true,
     [](mplan_plan *p, const char *t, uint64_t f, mplan_error **e) { return mplan_plan_chmod(p, t, 0755, f, e); }},
    {"Mask", MPLAN_OP_MASK, 0, 0, true, mplan_plan_mask},
    {"Propagation", MPLAN_OP_PROPAGATION,
     MPLAN_PROPAGATION_PRIVATE | MPLAN_PROPAGATION_SLAVE | MPLAN_PROPAGATION_SHARED | MPLAN_PROPAGATION_UNBINDABLE |
         MPLAN_PROPAGATION_RECURSIVE,
     MPLAN_PROPAGATION_SLAVE, true, mplan_plan_propagation},
    {"Move", MPLAN_OP_MOVE, 0, 0, true,
     [](mplan_plan *p, const char *t, uint64_t f, mplan_error **e) { return mplan_plan_move(p, "/from", t, f, e); }},
    {"Unmount", MPLAN_OP_UNMOUNT, 0, 0, true, mplan_plan_unmount},
    {"Root", MPLAN_OP_ROOT, MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE, 0, false,
     [](mplan_plan *p, const char *, uint64_t f, mplan_error **e) { return mplan_plan_root(p, "/srv/root", f, e); }},
    {"Etc", MPLAN_OP_ETC, 0, 0, false,
     [](mplan_plan *p, const char *, uint64_t f, mplan_error **e) { return mplan_plan_etc(p, nullptr, "prefix", f, e); }},
};

}  // namespace mountplan::test
