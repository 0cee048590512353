// SPDX-License-Identifier: MIT
// Kernel constants and structs of the new mount API: our own copies, so that the library builds with any libc and any age of
// kernel headers. The names are the kernel's, in this namespace, without the prefix that would meet the system's macros.
#pragma once

#include <cstdint>

namespace mountplan::kernel {

// open_tree(2)
constexpr unsigned open_tree_clone = 1;
constexpr unsigned open_tree_namespace = 2;  // Linux 7
constexpr unsigned open_tree_cloexec = 02000000;

// move_mount(2)
constexpr unsigned move_from_symlinks = 0x01;
constexpr unsigned move_from_empty_path = 0x04;
constexpr unsigned move_to_symlinks = 0x10;
constexpr unsigned move_to_empty_path = 0x40;
constexpr unsigned move_beneath = 0x200;

// fsopen(2), fsmount(2), fsconfig(2)
constexpr unsigned fsopen_cloexec = 1;
constexpr unsigned fsmount_cloexec = 1;
constexpr unsigned fsconfig_set_flag = 0;
constexpr unsigned fsconfig_set_string = 1;
constexpr unsigned fsconfig_set_binary = 2;
constexpr unsigned fsconfig_set_path = 3;
constexpr unsigned fsconfig_set_path_empty = 4;
constexpr unsigned fsconfig_set_fd = 5;
constexpr unsigned fsconfig_create = 6;
constexpr unsigned fsconfig_reconfigure = 7;

// mount_setattr(2)
struct MountAttr {
  uint64_t set = 0;
  uint64_t clear = 0;
  uint64_t propagation = 0;
  uint64_t userns_fd = 0;
};
constexpr uint64_t attr_rdonly = 0x01;
constexpr uint64_t attr_nosuid = 0x02;
constexpr uint64_t attr_nodev = 0x04;
constexpr uint64_t attr_noexec = 0x08;
constexpr uint64_t attr_atime_mask = 0x70;
constexpr uint64_t attr_relatime = 0x00;
constexpr uint64_t attr_noatime = 0x10;
constexpr uint64_t attr_strictatime = 0x20;
constexpr uint64_t attr_nodiratime = 0x80;
constexpr uint64_t attr_idmap = 0x00100000;
constexpr uint64_t attr_nosymfollow = 0x00200000;

// mount(2)
constexpr unsigned long ms_rdonly = 1;
constexpr unsigned long ms_nosuid = 2;
constexpr unsigned long ms_nodev = 4;
constexpr unsigned long ms_noexec = 8;
constexpr unsigned long ms_remount = 32;
constexpr unsigned long ms_nosymfollow = 256;
constexpr unsigned long ms_noatime = 1024;
constexpr unsigned long ms_nodiratime = 2048;
constexpr unsigned long ms_bind = 4096;
constexpr unsigned long ms_move = 8192;
constexpr unsigned long ms_rec = 16384;
constexpr unsigned long ms_silent = 32768;
constexpr unsigned long ms_unbindable = 1ul << 17;
constexpr unsigned long ms_private = 1ul << 18;
constexpr unsigned long ms_slave = 1ul << 19;
constexpr unsigned long ms_shared = 1ul << 20;
constexpr unsigned long ms_relatime = 1ul << 21;
constexpr unsigned long ms_strictatime = 1ul << 24;

// setns(2)
constexpr long new_mount_namespace = 0x00020000;

// umount2(2)
constexpr int umount_detach = 2;
constexpr int umount_nofollow = 8;

// openat2(2)
struct OpenHow {
  uint64_t flags = 0;
  uint64_t mode = 0;
  uint64_t resolve = 0;
};
constexpr uint64_t resolve_no_xdev = 0x01;
constexpr uint64_t resolve_no_magiclinks = 0x02;
constexpr uint64_t resolve_no_symlinks = 0x04;
constexpr uint64_t resolve_beneath = 0x08;
constexpr uint64_t resolve_in_root = 0x10;

// *at(2)
constexpr int at_cwd = -100;
constexpr int at_symlink_nofollow = 0x100;
constexpr int at_removedir = 0x200;
constexpr int at_no_automount = 0x800;
constexpr int at_empty_path = 0x1000;
constexpr int at_recursive = 0x8000;

// statfs(2) magic numbers
constexpr long proc_super_magic = 0x9fa0;
constexpr long sysfs_magic = 0x62656572;
constexpr long tmpfs_magic = 0x01021994;
constexpr long autofs_magic = 0x0187;
constexpr long overlay_super_magic = 0x794c7630;
constexpr uint64_t nsfs_magic = 0x6e736673;
constexpr uint64_t proc_root_inode = 1;

}  // namespace mountplan::kernel
