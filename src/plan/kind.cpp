// SPDX-License-Identifier: MIT
// The table of kinds; see kind.hpp.
#include "plan/kind.hpp"

#include <mountplan/plan.h>

#include <bit>

#include "plan/op.hpp"

namespace mountplan::plan {

namespace {

constexpr uint64_t ro = MPLAN_ATTR_RDONLY;
constexpr uint64_t nosuid = MPLAN_ATTR_NOSUID;
constexpr uint64_t nodev = MPLAN_ATTR_NODEV;
constexpr uint64_t noexec = MPLAN_ATTR_NOEXEC;

constexpr uint64_t hidepid = MPLAN_PROC_HIDEPID_NOACCESS | MPLAN_PROC_HIDEPID_INVISIBLE | MPLAN_PROC_HIDEPID_PTRACEABLE;
constexpr uint64_t propagation_types =
    MPLAN_PROPAGATION_PRIVATE | MPLAN_PROPAGATION_SLAVE | MPLAN_PROPAGATION_SHARED | MPLAN_PROPAGATION_UNBINDABLE;
constexpr uint64_t overlay_flags = MPLAN_OVERLAY_EPHEMERAL | MPLAN_OVERLAY_READONLY | MPLAN_OVERLAY_DEVICE | MPLAN_OVERLAY_TRUSTED_XATTR |
                                   MPLAN_OVERLAY_REDIRECT_DIR | MPLAN_OVERLAY_METACOPY | MPLAN_OVERLAY_INDEX | MPLAN_OVERLAY_VOLATILE |
                                   MPLAN_OVERLAY_XINO;

// A file system of its own that takes no flags.
constexpr KindFacts file_system(const char *name, uint64_t attributes, Symlinks symlinks, AtRoot at_root) {
  return {.name = name, .makes_or_changes_mount = true, .attributes = attributes, .symlinks = symlinks, .at_root = at_root};
}

constexpr KindFacts table[] = {
    {},
    {.name = "bind",
     .flags = MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE | MPLAN_BIND_OPTIONAL | MPLAN_BIND_ENSURE | MPLAN_BIND_RECURSIVE,
     .exclusive = MPLAN_BIND_OPTIONAL | MPLAN_BIND_ENSURE,
     .makes_or_changes_mount = true,
     .keeps_nosuid = true,
     .attributes = ro | nosuid | nodev,
     .writable_flag = MPLAN_BIND_WRITABLE,
     .device_flag = MPLAN_BIND_DEVICE,
     .symlinks = Symlinks::mount_on,
     .at_root = AtRoot::first},
    {.name = "remount",
     .flags = MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE | MPLAN_BIND_RECURSIVE | MPLAN_REMOUNT_BEST_EFFORT | MPLAN_REMOUNT_SKIP_AUTOFS |
              MPLAN_REMOUNT_SKIP_VANISHED,
     .makes_or_changes_mount = true,
     .keeps_nosuid = true,
     .attributes = ro | nosuid | nodev,
     .writable_flag = MPLAN_BIND_WRITABLE,
     .device_flag = MPLAN_BIND_DEVICE,
     .symlinks = Symlinks::follow},
    {.name = "tmpfs",
     .flags = MPLAN_TMPFS_READONLY,
     .makes_or_changes_mount = true,
     .attributes = nosuid | nodev,
     .readonly_flag = MPLAN_TMPFS_READONLY,
     .symlinks = Symlinks::follow,
     .at_root = AtRoot::first},
    // The targets of proc and sysfs are real directories: what sits behind a link there has fooled others.
    {.name = "proc",
     .flags = hidepid | MPLAN_PROC_SUBSET_PID | MPLAN_PROC_FALLBACK_SUBSET | MPLAN_PROC_FALLBACK_BIND,
     .exclusive = hidepid,
     .makes_or_changes_mount = true,
     .attributes = nosuid | nodev | noexec,
     .at_root = AtRoot::refused},
    file_system("sysfs", ro | nosuid | nodev | noexec, Symlinks::refuse, AtRoot::refused),
    file_system("devpts", nosuid | noexec, Symlinks::follow, AtRoot::refused),
    file_system("mqueue", nosuid | nodev | noexec, Symlinks::follow, AtRoot::refused),
    file_system("bpf", nosuid | nodev | noexec, Symlinks::follow, AtRoot::first),
    file_system("ramfs", nosuid | nodev | noexec, Symlinks::follow, AtRoot::first),
    {.name = "dev",
     .flags = MPLAN_DEV_WRITABLE | MPLAN_DEV_MQUEUE | MPLAN_DEV_CONSOLE,
     .makes_or_changes_mount = true,
     .attributes = ro | nosuid,
     .writable_flag = MPLAN_DEV_WRITABLE,
     .symlinks = Symlinks::follow,
     .at_root = AtRoot::refused},
    {.name = "overlay",
     .flags = overlay_flags,
     .exclusive = MPLAN_OVERLAY_EPHEMERAL | MPLAN_OVERLAY_READONLY,
     .makes_or_changes_mount = true,
     .attributes = nosuid | nodev,
     .device_flag = MPLAN_OVERLAY_DEVICE,
     .readonly_flag = MPLAN_OVERLAY_READONLY,
     .symlinks = Symlinks::follow,
     .at_root = AtRoot::first},
    {.name = "dir", .symlinks = Symlinks::follow, .at_root = AtRoot::refused},
    {.name = "file",
     .flags = MPLAN_FILE_WRITABLE | MPLAN_FILE_COPY,
     .makes_or_changes_mount = true,
     .keeps_nosuid = true,
     .attributes = ro | nosuid | nodev,
     .writable_flag = MPLAN_FILE_WRITABLE,
     .plain_flag = MPLAN_FILE_COPY,
     .symlinks = Symlinks::mount_on,
     .at_root = AtRoot::refused},
    {.name = "symlink", .flags = MPLAN_SYMLINK_DEREFERENCE, .at_root = AtRoot::refused},
    {.name = "chmod", .symlinks = Symlinks::follow},
    {.name = "mask", .symlinks = Symlinks::mount_on, .at_root = AtRoot::refused},
    {.name = "propagation",
     .flags = propagation_types | MPLAN_PROPAGATION_RECURSIVE,
     .exclusive = propagation_types,
     .exclusive_needed = true,
     .symlinks = Symlinks::follow},
    {.name = "move", .symlinks = Symlinks::follow, .at_root = AtRoot::first},
    {.name = "unmount", .symlinks = Symlinks::follow, .at_root = AtRoot::refused},
    {.name = "root",
     .flags = MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE,
     .makes_or_changes_mount = true,
     .keeps_nosuid = true,
     .attributes = ro | nosuid | nodev,
     .writable_flag = MPLAN_BIND_WRITABLE,
     .device_flag = MPLAN_BIND_DEVICE},
    {.name = "etc", .makes_or_changes_mount = true, .keeps_nosuid = true, .attributes = ro | nosuid | nodev},
};
constexpr uint32_t kinds = sizeof table / sizeof table[0];
static_assert(kinds == MPLAN_OP_ETC + 1);

struct FlagName {
  uint32_t kind;
  uint64_t bit;
  const char *name;
};
constexpr FlagName flag_names[] = {
    {MPLAN_OP_BIND, MPLAN_BIND_OPTIONAL, "OPTIONAL"},
    {MPLAN_OP_BIND, MPLAN_BIND_ENSURE, "ENSURE"},
    {MPLAN_OP_PROC, MPLAN_PROC_HIDEPID_NOACCESS, "HIDEPID_NOACCESS"},
    {MPLAN_OP_PROC, MPLAN_PROC_HIDEPID_INVISIBLE, "HIDEPID_INVISIBLE"},
    {MPLAN_OP_PROC, MPLAN_PROC_HIDEPID_PTRACEABLE, "HIDEPID_PTRACEABLE"},
    {MPLAN_OP_OVERLAY, MPLAN_OVERLAY_EPHEMERAL, "EPHEMERAL"},
    {MPLAN_OP_OVERLAY, MPLAN_OVERLAY_READONLY, "READONLY"},
    {MPLAN_OP_PROPAGATION, MPLAN_PROPAGATION_PRIVATE, "PRIVATE"},
    {MPLAN_OP_PROPAGATION, MPLAN_PROPAGATION_SLAVE, "SLAVE"},
    {MPLAN_OP_PROPAGATION, MPLAN_PROPAGATION_SHARED, "SHARED"},
    {MPLAN_OP_PROPAGATION, MPLAN_PROPAGATION_UNBINDABLE, "UNBINDABLE"},
};

// In the order of the bits.
constexpr const char *attribute_names[] = {"ro",      "nosuid",     "nodev",    "noexec",     "nosymfollow",
                                           "noatime", "nodiratime", "relatime", "strictatime"};
constexpr unsigned attributes = sizeof attribute_names / sizeof attribute_names[0];
static_assert(MPLAN_ATTR_STRICTATIME == 1 << (attributes - 1));

}  // namespace

constinit const uint64_t all_attributes = (uint64_t{1} << attributes) - 1;
constinit const uint64_t access_time_attributes = MPLAN_ATTR_NOATIME | MPLAN_ATTR_RELATIME | MPLAN_ATTR_STRICTATIME;

const KindFacts &kind_facts(uint32_t kind) { return table[kind < kinds ? kind : 0]; }

const char *kind_name(uint32_t kind) { return kind_facts(kind).name; }

uint64_t default_attributes(uint32_t kind, uint64_t flags) {
  const KindFacts &facts = kind_facts(kind);
  if ((flags & facts.plain_flag) != 0) {
    return 0;
  }
  uint64_t result = facts.attributes;
  if ((flags & facts.writable_flag) != 0) {
    result &= ~ro;
  }
  if ((flags & facts.device_flag) != 0) {
    result &= ~nodev;
  }
  if ((flags & facts.readonly_flag) != 0) {
    result |= ro;
  }
  return result;
}

const char *flag_name(uint32_t kind, uint64_t bit) {
  for (const FlagName &row : flag_names) {
    if (row.kind == kind && row.bit == bit) {
      return row.name;
    }
  }
  return nullptr;
}

const char *attribute_name(uint64_t bit) {
  return std::has_single_bit(bit) && (bit & all_attributes) != 0 ? attribute_names[std::countr_zero(bit)] : nullptr;
}

bool left_out_of_root(std::string_view name) {
  for (std::string_view left_out : {"proc", "dev", "tmp", "mnt", "etc"}) {
    if (name == left_out) {
      return true;
    }
  }
  return false;
}

}  // namespace mountplan::plan
