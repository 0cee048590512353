// SPDX-License-Identifier: MIT
// Single mounts without a plan, in the calling thread's mount namespace: mountplan/mount.h.
#ifndef MOUNTPLAN_MOUNT_HPP
#define MOUNTPLAN_MOUNT_HPP

#include <mountplan/mount.h>

#include <mountplan/object.hpp>

namespace mountplan {

inline void mount_bind(const String &source, const String &target, uint64_t flags = 0) {
  call(mplan_mount_bind, source.c_str(), target.c_str(), flags);
}
inline void mount_remount(const String &target, uint64_t flags = 0) { call(mplan_mount_remount, target.c_str(), flags); }
// name: nullptr is MPLAN_SOURCE_TMPFS.
inline void mount_tmpfs(const String &name, const String &target, uint64_t size = 0, uint32_t mode = 0755, uint64_t flags = 0) {
  call(mplan_mount_tmpfs, name.c_str(), target.c_str(), size, mode, flags);
}

// A path as a lowerdir= option string takes it.
inline std::string overlay_escape(std::string_view path) {
  std::string escaped;
  read_string([path](char *out, size_t size) { return mplan_overlay_escape(path.data(), path.size(), out, size); }, escaped);
  return escaped;
}

}  // namespace mountplan

#endif
