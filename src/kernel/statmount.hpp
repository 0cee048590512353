// SPDX-License-Identifier: MIT
// listmount(2) and statmount(2), Linux 6.8: the mounts of a namespace without /proc and without text. Our own copies of the structs; the
// kernel tells by a mask which fields it filled, and nothing else may be looked at.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/kernel.hpp"

namespace mountplan::kernel {

// struct mnt_id_req as of Linux 6.8.
struct MountRequest {
  uint32_t size = 24;
  uint32_t spare = 0;
  uint64_t id = 0;
  uint64_t param = 0;
};
static_assert(sizeof(MountRequest) == 24);

// struct statmount without the strings, which begin behind it; the fields of type text are offsets there.
using Text = uint32_t;
struct StatMount {
  uint32_t size;
  Text super_options;  // still escaped, without the flags of the super block
  uint64_t mask;
  uint32_t major;
  uint32_t minor;
  uint64_t magic;
  uint32_t super_flags;  // SB_
  Text type;
  uint64_t id;
  uint64_t parent_id;
  uint32_t id_old;  // as in mountinfo, reused
  uint32_t parent_id_old;
  uint64_t attributes;   // MOUNT_ATTR_
  uint64_t propagation;  // MS_SHARED ...
  uint64_t peer_group;
  uint64_t master;
  uint64_t propagate_from;
  Text root;
  Text point;  // as seen from the caller's root directory
  uint64_t namespace_id;
  Text subtype;
  Text source;
  uint32_t option_count;
  Text option_array;
  uint32_t security_option_count;
  Text security_option_array;
  uint64_t supported;  // Linux 6.15: every bit this kernel knows
  uint64_t spare[45];
};
static_assert(sizeof(StatMount) == 512 && offsetof(StatMount, supported) == 144);

constexpr uint64_t statmount_super = 0x01;
constexpr uint64_t statmount_mount = 0x02;
constexpr uint64_t statmount_propagate_from = 0x04;
constexpr uint64_t statmount_root = 0x08;
constexpr uint64_t statmount_point = 0x10;
constexpr uint64_t statmount_type = 0x20;
constexpr uint64_t statmount_options = 0x80;   // Linux 6.11
constexpr uint64_t statmount_subtype = 0x100;  // Linux 6.13, with
constexpr uint64_t statmount_source = 0x200;
constexpr uint64_t statmount_supported = 0x1000;

constexpr uint64_t super_readonly = 1;
constexpr uint64_t super_synchronous = 1 << 4;
constexpr uint64_t super_dirsync = 1 << 7;
constexpr uint64_t super_lazytime = 1 << 25;

// Everything that is mounted, as seen from the caller's root directory.
constexpr uint64_t listmount_all = UINT64_MAX;

// statx(2), Linux 6.8: asks for the 64-bit id, which is never given to another mount.
constexpr unsigned statx_unique_id = 0x4000;

// Ids of the mounts below the mount `below`, at any depth, in the order of ids, from the first above `after` on. The number of ids written.
long list_mounts(const Kernel &kernel, uint64_t below, uint64_t after, uint64_t *ids, size_t room);
// `out` is sizeof(StatMount) and room for strings: -EOVERFLOW where that is too small.
int stat_mount(const Kernel &kernel, uint64_t id, uint64_t mask, StatMount *out, size_t size);
inline const char *text_of(const StatMount &stat, Text offset) { return reinterpret_cast<const char *>(&stat + 1) + offset; }

// Whether both calls are there and not denied. Two calls that change nothing.
bool can_stat_mounts(const Kernel &kernel);

}  // namespace mountplan::kernel
